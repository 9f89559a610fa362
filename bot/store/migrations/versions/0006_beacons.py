"""beacons as rows, with their history"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('organisation', schema=None) as batch_op:
        batch_op.add_column(sa.Column('edition', sa.String(length=40), server_default='', nullable=False))
    op.create_table(
        'beacon',
        sa.Column('id', sa.String(length=40), nullable=False),
        sa.Column('organisation', sa.String(length=40), nullable=False),
        sa.Column('beacon', sa.String(length=60), nullable=False),
        sa.Column('centre', sa.String(length=40), nullable=True),
        sa.Column('state', sa.String(length=10), nullable=False),
        sa.Column('since', sa.Date(), nullable=False),
        sa.Column('until', sa.Date(), nullable=True),
        sa.Column('closed', sa.Date(), nullable=True),
        sa.Column('sealed', sa.LargeBinary(), nullable=True),
        sa.Column('revision', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['centre'], ['centre.id']),
        sa.ForeignKeyConstraint(['organisation'], ['organisation.id']),
        sa.PrimaryKeyConstraint('id'),
        sa.UniqueConstraint('organisation', 'beacon'),
    )
    op.create_index(op.f('ix_beacon_organisation'), 'beacon', ['organisation'])
    op.create_table(
        'beacon_change',
        sa.Column('id', sa.String(length=40), nullable=False),
        sa.Column('organisation', sa.String(length=40), nullable=False),
        sa.Column('beacon', sa.String(length=60), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('by', sa.String(length=60), nullable=False),
        sa.Column('what', sa.String(length=15), nullable=False),
        sa.Column('until', sa.Date(), nullable=True),
        sa.Column('sealed', sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(['organisation'], ['organisation.id']),
        sa.PrimaryKeyConstraint('id'),
    )
    op.create_index('change_of_beacon', 'beacon_change', ['organisation', 'beacon', 'at'])


def downgrade() -> None:
    op.drop_table('beacon_change')
    op.drop_table('beacon')
    with op.batch_alter_table('organisation', schema=None) as batch_op:
        batch_op.drop_column('edition')
