"""programmes, leave, closed days, and times people can live with"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('closed_day',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('organisation', sa.String(length=40), nullable=False),
    sa.Column('centre', sa.String(length=40), nullable=True),
    sa.Column('starts', sa.Date(), nullable=False),
    sa.Column('ends', sa.Date(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['centre'], ['centre.id'], ),
    sa.ForeignKeyConstraint(['organisation'], ['organisation.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('closed_day', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_closed_day_organisation'), ['organisation'], unique=False)

    op.create_table('programme',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('organisation', sa.String(length=40), nullable=False),
    sa.Column('centre', sa.String(length=40), nullable=True),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('flows', sa.JSON(), nullable=False),
    sa.Column('beacon', sa.String(length=60), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.Column('audience', sa.JSON(), nullable=False),
    sa.Column('rule', sa.JSON(), nullable=False),
    sa.Column('holidays', sa.String(length=5), nullable=False),
    sa.Column('catch_up', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('created_by', sa.String(length=40), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('next_run_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('counts_from', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ran_to', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reached', sa.String(length=40), nullable=False),
    sa.Column('gone', sa.Integer(), nullable=False),
    sa.Column('reminded', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['centre'], ['centre.id'], ),
    sa.ForeignKeyConstraint(['organisation'], ['organisation.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('programme', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_programme_next_run_at'), ['next_run_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_programme_organisation'), ['organisation'], unique=False)

    op.create_table('absence',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('organisation', sa.String(length=40), nullable=False),
    sa.Column('person', sa.String(length=40), nullable=False),
    sa.Column('starts', sa.Date(), nullable=False),
    sa.Column('ends', sa.Date(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['organisation'], ['organisation.id'], ),
    sa.ForeignKeyConstraint(['person'], ['person.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('person', 'starts', 'ends')
    )
    with op.batch_alter_table('occurrence', schema=None) as batch_op:
        batch_op.add_column(sa.Column('programme', sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column('round', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('nudges', sa.Integer(), server_default='0', nullable=False))
        batch_op.create_index('occurrence_of_programme', ['programme', 'round'], unique=False)
        batch_op.create_foreign_key('occurrence_programme', 'programme', ['programme'], ['id'], ondelete='SET NULL')

    with op.batch_alter_table('person', schema=None) as batch_op:
        batch_op.add_column(sa.Column('day_from', sa.String(length=5), server_default='07:00', nullable=False))
        batch_op.add_column(sa.Column('day_until', sa.String(length=5), server_default='17:00', nullable=False))
        batch_op.add_column(sa.Column('working_days', sa.String(length=7), server_default='01234', nullable=False))
        batch_op.add_column(sa.Column('most_per_week', sa.Integer(), server_default='2', nullable=False))


def downgrade() -> None:
    with op.batch_alter_table('person', schema=None) as batch_op:
        batch_op.drop_column('most_per_week')
        batch_op.drop_column('working_days')
        batch_op.drop_column('day_until')
        batch_op.drop_column('day_from')

    with op.batch_alter_table('occurrence', schema=None) as batch_op:
        batch_op.drop_constraint('occurrence_programme', type_='foreignkey')
        batch_op.drop_index('occurrence_of_programme')
        batch_op.drop_column('nudges')
        batch_op.drop_column('round')
        batch_op.drop_column('programme')

    op.drop_table('absence')
    with op.batch_alter_table('programme', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_programme_organisation'))
        batch_op.drop_index(batch_op.f('ix_programme_next_run_at'))

    op.drop_table('programme')
    with op.batch_alter_table('closed_day', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_closed_day_organisation'))

    op.drop_table('closed_day')
