"""replicas"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('replica',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('beat_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('spacing',
    sa.Column('place', sa.String(length=60), nullable=False),
    sa.Column('organisation', sa.String(length=40), nullable=False),
    sa.Column('moments', sa.JSON(), nullable=False),
    sa.Column('held_until', sa.Double(), nullable=False),
    sa.Column('touched', sa.Double(), nullable=False),
    sa.ForeignKeyConstraint(['organisation'], ['organisation.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('place')
    )
    with op.batch_alter_table('spacing', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_spacing_organisation'), ['organisation'], unique=False)
        batch_op.create_index(batch_op.f('ix_spacing_touched'), ['touched'], unique=False)

    with op.batch_alter_table('outbox', schema=None) as batch_op:
        batch_op.add_column(sa.Column('owner', sa.String(length=40), server_default='', nullable=False))
        batch_op.create_index('outbox_next_try', ['state', 'next_try'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('outbox', schema=None) as batch_op:
        batch_op.drop_index('outbox_next_try')
        batch_op.drop_column('owner')
    op.drop_table('spacing')
    op.drop_table('replica')
