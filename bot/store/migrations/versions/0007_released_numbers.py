"""released numbers, and who is counted"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('person', schema=None) as batch_op:
        batch_op.add_column(sa.Column('counted', sa.Boolean(), server_default=sa.true(), nullable=False))

    op.create_table('release',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('organisation', sa.String(length=40), nullable=False),
    sa.Column('subject', sa.String(length=80), nullable=False),
    sa.Column('period', sa.String(length=10), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['organisation'], ['organisation.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('organisation', 'subject', 'period')
    )
    op.create_table('released_number',
    sa.Column('release', sa.String(length=40), nullable=False),
    sa.Column('cell', sa.String(length=40), nullable=False),
    sa.Column('measure', sa.String(length=20), nullable=False),
    sa.Column('organisation', sa.String(length=40), nullable=False),
    sa.Column('people', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['organisation'], ['organisation.id'], ),
    sa.ForeignKeyConstraint(['release'], ['release.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('release', 'cell', 'measure')
    )
    with op.batch_alter_table('released_number', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_released_number_organisation'), ['organisation'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('released_number', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_released_number_organisation'))

    op.drop_table('released_number')
    op.drop_table('release')
    with op.batch_alter_table('person', schema=None) as batch_op:
        batch_op.drop_column('counted')
