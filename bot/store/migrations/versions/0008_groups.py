"""dialogs with groups, and what groups keep"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('group_run',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('organisation', sa.String(length=40), nullable=False),
    sa.Column('place', sa.String(length=40), nullable=False),
    sa.Column('dialog', sa.String(length=60), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=True),
    sa.Column('status', sa.String(length=10), nullable=False),
    sa.Column('posted', sa.String(length=64), nullable=False),
    sa.Column('wake_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('silent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['organisation'], ['organisation.id'], ),
    sa.ForeignKeyConstraint(['place'], ['conversation.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('group_run', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_group_run_organisation'), ['organisation'], unique=False)
        batch_op.create_index(batch_op.f('ix_group_run_silent_at'), ['silent_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_group_run_wake_at'), ['wake_at'], unique=False)
        batch_op.create_index('group_run_of_place', ['place', 'status'], unique=False)

    op.create_table('group_note',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('organisation', sa.String(length=40), nullable=False),
    sa.Column('place', sa.String(length=40), nullable=False),
    sa.Column('run', sa.String(length=40), nullable=False),
    sa.Column('dialog', sa.String(length=60), nullable=False),
    sa.Column('kind', sa.String(length=30), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['organisation'], ['organisation.id'], ),
    sa.ForeignKeyConstraint(['place'], ['conversation.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('group_note', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_group_note_organisation'), ['organisation'], unique=False)
        batch_op.create_index('group_note_of_place', ['place', 'at'], unique=False)


def downgrade() -> None:
    op.drop_table('group_note')
    op.drop_table('group_run')
