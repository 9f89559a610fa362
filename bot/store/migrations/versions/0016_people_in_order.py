"""an organisation's people are gone through in order, some at a time, without sorting all of them each time"""

from __future__ import annotations

from alembic import op

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index('person_of_organisation', 'person', ['organisation', 'id'])
    op.drop_index('ix_person_organisation', 'person')


def downgrade() -> None:
    op.create_index('ix_person_organisation', 'person', ['organisation'])
    op.drop_index('person_of_organisation', 'person')
