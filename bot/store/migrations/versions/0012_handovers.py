"""what leader groups hand over to the department"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('beacon_change', schema=None) as batch_op:
        batch_op.add_column(sa.Column('revision', sa.Integer(), server_default='0', nullable=False))
    op.create_table(
        'handover',
        sa.Column('id', sa.String(length=40), nullable=False),
        sa.Column('organisation', sa.String(length=40), nullable=False),
        sa.Column('centre', sa.String(length=40), nullable=False),
        sa.Column('leader_group', sa.String(length=40), nullable=False),
        sa.Column('beacon', sa.String(length=60), nullable=False),
        sa.Column('entry', sa.String(length=40), nullable=False),
        sa.Column('by', sa.String(length=60), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('taken_back_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('digest', sa.String(length=64), nullable=False),
        sa.Column('sealed', sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(['centre'], ['centre.id']),
        sa.ForeignKeyConstraint(['leader_group'], ['leader_group.id']),
        sa.ForeignKeyConstraint(['organisation'], ['organisation.id']),
        sa.PrimaryKeyConstraint('id'),
    )
    op.create_index(op.f('ix_handover_organisation'), 'handover', ['organisation'])
    op.create_index('handover_of_entry', 'handover', ['organisation', 'entry'])


def downgrade() -> None:
    op.drop_table('handover')
    with op.batch_alter_table('beacon_change', schema=None) as batch_op:
        batch_op.drop_column('revision')
