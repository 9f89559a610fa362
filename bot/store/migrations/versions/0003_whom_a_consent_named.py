"""whom a consent named"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ('entry', 'action'):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column('shared_to', sa.JSON(), server_default='[]', nullable=False))
        _name_those_who_see_it_now(op.get_bind(), table)


def _name_those_who_see_it_now(db: sa.Connection, name: str) -> None:
    """What is shared already was shared with whoever it is now: nothing older was written down."""
    columns = (sa.column(c) for c in ('id', 'person', 'visibility'))
    table = sa.table(name, *columns, sa.column('shared_to', sa.JSON()))
    leaders = sa.table('person', sa.column('id'), sa.column('leader'))
    members = sa.table('leader_group_member', sa.column('leader_group'), sa.column('person'))
    shared = sa.select(table.c.id, table.c.person, table.c.visibility).where(table.c.visibility != 'private')
    for id, person, visibility in db.execute(shared).all():
        found = sa.select(leaders.c.leader).where(leaders.c.id == person, leaders.c.leader.is_not(None))
        if visibility == 'leader_group':
            found = sa.select(members.c.leader_group).where(members.c.person == person)
        named = sorted(db.scalars(found))
        db.execute(sa.update(table).where(table.c.id == id).values(shared_to=named))


def downgrade() -> None:
    for table in ('action', 'entry'):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column('shared_to')
