"""what reminds of something never comes after it"""

from __future__ import annotations

from alembic import op

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("UPDATE programme SET holidays = 'early' WHERE kind = 'reminder' AND holidays = 'move'")


def downgrade() -> None:
    op.execute("UPDATE programme SET holidays = 'move' WHERE holidays = 'early'")
