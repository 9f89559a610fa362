"""first tables"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('fact',
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('value', sa.String(length=500), nullable=False),
    sa.PrimaryKeyConstraint('name')
    )
    op.create_table('inbox',
    sa.Column('event', sa.String(length=200), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('event')
    )
    with op.batch_alter_table('inbox', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_inbox_at'), ['at'], unique=False)

    op.create_table('organisation',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('is_demo', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('refusal',
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('organisation', sa.String(length=40), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('digest')
    )
    op.create_table('role_log',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('organisation', sa.String(length=40), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by', sa.String(length=60), nullable=False),
    sa.Column('about', sa.String(length=100), nullable=False),
    sa.Column('what', sa.String(length=200), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('role_log', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_role_log_organisation'), ['organisation'], unique=False)

    op.create_table('centre',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('organisation', sa.String(length=40), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.ForeignKeyConstraint(['organisation'], ['organisation.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('centre', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_centre_organisation'), ['organisation'], unique=False)

    op.create_table('leader_group',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('organisation', sa.String(length=40), nullable=False),
    sa.Column('centre', sa.String(length=40), nullable=True),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.ForeignKeyConstraint(['centre'], ['centre.id'], ),
    sa.ForeignKeyConstraint(['organisation'], ['organisation.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('leader_group', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_leader_group_organisation'), ['organisation'], unique=False)

    op.create_table('person',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('organisation', sa.String(length=40), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('language', sa.String(length=5), nullable=False),
    sa.Column('timezone', sa.String(length=60), nullable=False),
    sa.Column('level', sa.String(length=10), nullable=False),
    sa.Column('centre', sa.String(length=40), nullable=True),
    sa.Column('leader', sa.String(length=40), nullable=True),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('notice_version', sa.String(length=20), nullable=False),
    sa.Column('noticed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('welcomed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('paused_until', sa.Date(), nullable=True),
    sa.Column('preferred_channel', sa.String(length=10), nullable=False),
    sa.Column('told_about_chat', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['centre'], ['centre.id'], ),
    sa.ForeignKeyConstraint(['leader'], ['person.id'], ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['organisation'], ['organisation.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('person', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_person_leader'), ['leader'], unique=False)
        batch_op.create_index(batch_op.f('ix_person_organisation'), ['organisation'], unique=False)

    op.create_table('access',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('organisation', sa.String(length=40), nullable=False),
    sa.Column('owner', sa.String(length=40), nullable=False),
    sa.Column('reader', sa.String(length=40), nullable=False),
    sa.Column('what', sa.String(length=20), nullable=False),
    sa.Column('subject', sa.String(length=40), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['owner'], ['person.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('access', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_access_organisation'), ['organisation'], unique=False)
        batch_op.create_index(batch_op.f('ix_access_owner'), ['owner'], unique=False)

    op.create_table('conversation',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('organisation', sa.String(length=40), nullable=False),
    sa.Column('channel', sa.String(length=10), nullable=False),
    sa.Column('person', sa.String(length=40), nullable=True),
    sa.Column('address', sa.JSON(), nullable=False),
    sa.Column('reachable', sa.Boolean(), nullable=False),
    sa.Column('language', sa.String(length=5), nullable=False),
    sa.Column('last_heard_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['organisation'], ['organisation.id'], ),
    sa.ForeignKeyConstraint(['person'], ['person.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('channel', 'person')
    )
    with op.batch_alter_table('conversation', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_conversation_organisation'), ['organisation'], unique=False)
        batch_op.create_index(batch_op.f('ix_conversation_person'), ['person'], unique=False)

    op.create_table('dialog_run',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('organisation', sa.String(length=40), nullable=False),
    sa.Column('person', sa.String(length=40), nullable=False),
    sa.Column('dialog', sa.String(length=60), nullable=False),
    sa.Column('release', sa.String(length=20), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=True),
    sa.Column('page', sa.String(length=60), nullable=False),
    sa.Column('status', sa.String(length=10), nullable=False),
    sa.Column('occurrence', sa.String(length=40), nullable=False),
    sa.Column('action', sa.String(length=40), nullable=False),
    sa.Column('edits', sa.String(length=40), nullable=False),
    sa.Column('series', sa.String(length=40), nullable=False),
    sa.Column('touch', sa.Integer(), nullable=True),
    sa.Column('wake_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['organisation'], ['organisation.id'], ),
    sa.ForeignKeyConstraint(['person'], ['person.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('dialog_run', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_dialog_run_organisation'), ['organisation'], unique=False)
        batch_op.create_index(batch_op.f('ix_dialog_run_wake_at'), ['wake_at'], unique=False)
        batch_op.create_index('run_of_person', ['person', 'status'], unique=False)

    op.create_table('entry',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('organisation', sa.String(length=40), nullable=False),
    sa.Column('person', sa.String(length=40), nullable=False),
    sa.Column('run', sa.String(length=40), nullable=False),
    sa.Column('flow', sa.String(length=60), nullable=False),
    sa.Column('beacon', sa.String(length=60), nullable=False),
    sa.Column('release', sa.String(length=20), nullable=False),
    sa.Column('visibility', sa.String(length=15), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['organisation'], ['organisation.id'], ),
    sa.ForeignKeyConstraint(['person'], ['person.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('run')
    )
    with op.batch_alter_table('entry', schema=None) as batch_op:
        batch_op.create_index('entry_of_person', ['person', 'created_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_entry_organisation'), ['organisation'], unique=False)

    op.create_table('identity',
    sa.Column('channel', sa.String(length=10), nullable=False),
    sa.Column('organisation', sa.String(length=40), nullable=False),
    sa.Column('external', sa.String(length=200), nullable=False),
    sa.Column('person', sa.String(length=40), nullable=False),
    sa.ForeignKeyConstraint(['organisation'], ['organisation.id'], ),
    sa.ForeignKeyConstraint(['person'], ['person.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('channel', 'organisation', 'external')
    )
    with op.batch_alter_table('identity', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_identity_person'), ['person'], unique=False)

    op.create_table('join_code',
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('organisation', sa.String(length=40), nullable=False),
    sa.Column('person', sa.String(length=40), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['person'], ['person.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('digest')
    )
    with op.batch_alter_table('join_code', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_join_code_person'), ['person'], unique=False)

    op.create_table('leader_group_member',
    sa.Column('leader_group', sa.String(length=40), nullable=False),
    sa.Column('person', sa.String(length=40), nullable=False),
    sa.Column('organisation', sa.String(length=40), nullable=False),
    sa.ForeignKeyConstraint(['leader_group'], ['leader_group.id'], ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['organisation'], ['organisation.id'], ),
    sa.ForeignKeyConstraint(['person'], ['person.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('leader_group', 'person')
    )
    with op.batch_alter_table('leader_group_member', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_leader_group_member_person'), ['person'], unique=False)

    op.create_table('login_link',
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('organisation', sa.String(length=40), nullable=False),
    sa.Column('person', sa.String(length=40), nullable=False),
    sa.Column('goes_to', sa.String(length=200), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['person'], ['person.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('digest')
    )
    with op.batch_alter_table('login_link', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_login_link_organisation'), ['organisation'], unique=False)
        batch_op.create_index(batch_op.f('ix_login_link_person'), ['person'], unique=False)

    op.create_table('role',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('organisation', sa.String(length=40), nullable=False),
    sa.Column('person', sa.String(length=40), nullable=False),
    sa.Column('role', sa.String(length=20), nullable=False),
    sa.Column('centre', sa.String(length=40), nullable=True),
    sa.Column('given_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['centre'], ['centre.id'], ),
    sa.ForeignKeyConstraint(['organisation'], ['organisation.id'], ),
    sa.ForeignKeyConstraint(['person'], ['person.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('person', 'role', 'centre')
    )
    with op.batch_alter_table('role', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_role_organisation'), ['organisation'], unique=False)
        batch_op.create_index(batch_op.f('ix_role_person'), ['person'], unique=False)

    op.create_table('schedule',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('organisation', sa.String(length=40), nullable=False),
    sa.Column('person', sa.String(length=40), nullable=False),
    sa.Column('rule', sa.JSON(), nullable=False),
    sa.Column('timezone', sa.String(length=60), nullable=False),
    sa.Column('flow', sa.String(length=60), nullable=False),
    sa.Column('next_run_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('unanswered', sa.Integer(), nullable=False),
    sa.Column('asked_less_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('resting', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['organisation'], ['organisation.id'], ),
    sa.ForeignKeyConstraint(['person'], ['person.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('schedule', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_schedule_next_run_at'), ['next_run_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_schedule_organisation'), ['organisation'], unique=False)
        batch_op.create_index(batch_op.f('ix_schedule_person'), ['person'], unique=False)

    op.create_table('web_session',
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('organisation', sa.String(length=40), nullable=False),
    sa.Column('person', sa.String(length=40), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['person'], ['person.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('digest')
    )
    with op.batch_alter_table('web_session', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_web_session_organisation'), ['organisation'], unique=False)
        batch_op.create_index(batch_op.f('ix_web_session_person'), ['person'], unique=False)

    op.create_table('action',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('organisation', sa.String(length=40), nullable=False),
    sa.Column('person', sa.String(length=40), nullable=False),
    sa.Column('run', sa.String(length=40), nullable=False),
    sa.Column('entry', sa.String(length=40), nullable=True),
    sa.Column('flow', sa.String(length=60), nullable=False),
    sa.Column('beacon', sa.String(length=60), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.Column('who', sa.String(length=20), nullable=False),
    sa.Column('by', sa.Date(), nullable=True),
    sa.Column('evaluator', sa.String(length=20), nullable=False),
    sa.Column('ask_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('visibility', sa.String(length=15), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['entry'], ['entry.id'], ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['organisation'], ['organisation.id'], ),
    sa.ForeignKeyConstraint(['person'], ['person.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('action', schema=None) as batch_op:
        batch_op.create_index('action_of_person', ['person', 'state'], unique=False)
        batch_op.create_index(batch_op.f('ix_action_entry'), ['entry'], unique=False)
        batch_op.create_index(batch_op.f('ix_action_organisation'), ['organisation'], unique=False)

    op.create_table('outbox',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('key', sa.String(length=200), nullable=False),
    sa.Column('organisation', sa.String(length=40), nullable=False),
    sa.Column('person', sa.String(length=40), nullable=True),
    sa.Column('conversation', sa.String(length=40), nullable=False),
    sa.Column('subject', sa.String(length=100), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=True),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('attempt', sa.Integer(), nullable=False),
    sa.Column('first_try', sa.DateTime(timezone=True), nullable=True),
    sa.Column('last_send', sa.DateTime(timezone=True), nullable=True),
    sa.Column('next_try', sa.DateTime(timezone=True), nullable=True),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reference', sa.String(length=300), nullable=False),
    sa.Column('reason', sa.String(length=200), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['conversation'], ['conversation.id'], ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['organisation'], ['organisation.id'], ),
    sa.ForeignKeyConstraint(['person'], ['person.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('key')
    )
    with op.batch_alter_table('outbox', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_outbox_organisation'), ['organisation'], unique=False)
        batch_op.create_index(batch_op.f('ix_outbox_person'), ['person'], unique=False)
        batch_op.create_index('outbox_kind', ['state', 'kind', 'id'], unique=False)
        batch_op.create_index('outbox_subject', ['conversation', 'subject'], unique=False)
        batch_op.create_index('outbox_waiting', ['state', 'conversation', 'id'], unique=False)

    op.create_table('occurrence',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('key', sa.String(length=200), nullable=False),
    sa.Column('organisation', sa.String(length=40), nullable=False),
    sa.Column('person', sa.String(length=40), nullable=False),
    sa.Column('schedule', sa.String(length=40), nullable=True),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('flow', sa.String(length=60), nullable=False),
    sa.Column('action', sa.String(length=40), nullable=True),
    sa.Column('series', sa.String(length=40), nullable=False),
    sa.Column('touch', sa.Integer(), nullable=True),
    sa.Column('run', sa.String(length=40), nullable=False),
    sa.Column('moment', sa.DateTime(timezone=True), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('sent', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['action'], ['action.id'], ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['organisation'], ['organisation.id'], ),
    sa.ForeignKeyConstraint(['person'], ['person.id'], ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['schedule'], ['schedule.id'], ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('key')
    )
    with op.batch_alter_table('occurrence', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_occurrence_action'), ['action'], unique=False)
        batch_op.create_index(batch_op.f('ix_occurrence_due_at'), ['due_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_occurrence_organisation'), ['organisation'], unique=False)
        batch_op.create_index(batch_op.f('ix_occurrence_schedule'), ['schedule'], unique=False)
        batch_op.create_index('occurrence_of_person', ['person', 'state'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('occurrence', schema=None) as batch_op:
        batch_op.drop_index('occurrence_of_person')
        batch_op.drop_index(batch_op.f('ix_occurrence_schedule'))
        batch_op.drop_index(batch_op.f('ix_occurrence_organisation'))
        batch_op.drop_index(batch_op.f('ix_occurrence_due_at'))
        batch_op.drop_index(batch_op.f('ix_occurrence_action'))

    op.drop_table('occurrence')
    with op.batch_alter_table('outbox', schema=None) as batch_op:
        batch_op.drop_index('outbox_waiting')
        batch_op.drop_index('outbox_subject')
        batch_op.drop_index('outbox_kind')
        batch_op.drop_index(batch_op.f('ix_outbox_person'))
        batch_op.drop_index(batch_op.f('ix_outbox_organisation'))

    op.drop_table('outbox')
    with op.batch_alter_table('action', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_action_organisation'))
        batch_op.drop_index(batch_op.f('ix_action_entry'))
        batch_op.drop_index('action_of_person')

    op.drop_table('action')
    with op.batch_alter_table('web_session', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_web_session_person'))
        batch_op.drop_index(batch_op.f('ix_web_session_organisation'))

    op.drop_table('web_session')
    with op.batch_alter_table('schedule', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_schedule_person'))
        batch_op.drop_index(batch_op.f('ix_schedule_organisation'))
        batch_op.drop_index(batch_op.f('ix_schedule_next_run_at'))

    op.drop_table('schedule')
    with op.batch_alter_table('role', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_role_person'))
        batch_op.drop_index(batch_op.f('ix_role_organisation'))

    op.drop_table('role')
    with op.batch_alter_table('login_link', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_login_link_person'))
        batch_op.drop_index(batch_op.f('ix_login_link_organisation'))

    op.drop_table('login_link')
    with op.batch_alter_table('leader_group_member', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_leader_group_member_person'))

    op.drop_table('leader_group_member')
    with op.batch_alter_table('join_code', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_join_code_person'))

    op.drop_table('join_code')
    with op.batch_alter_table('identity', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_identity_person'))

    op.drop_table('identity')
    with op.batch_alter_table('entry', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_entry_organisation'))
        batch_op.drop_index('entry_of_person')

    op.drop_table('entry')
    with op.batch_alter_table('dialog_run', schema=None) as batch_op:
        batch_op.drop_index('run_of_person')
        batch_op.drop_index(batch_op.f('ix_dialog_run_wake_at'))
        batch_op.drop_index(batch_op.f('ix_dialog_run_organisation'))

    op.drop_table('dialog_run')
    with op.batch_alter_table('conversation', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_conversation_person'))
        batch_op.drop_index(batch_op.f('ix_conversation_organisation'))

    op.drop_table('conversation')
    with op.batch_alter_table('access', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_access_owner'))
        batch_op.drop_index(batch_op.f('ix_access_organisation'))

    op.drop_table('access')
    with op.batch_alter_table('person', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_person_organisation'))
        batch_op.drop_index(batch_op.f('ix_person_leader'))

    op.drop_table('person')
    with op.batch_alter_table('leader_group', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_leader_group_organisation'))

    op.drop_table('leader_group')
    with op.batch_alter_table('centre', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_centre_organisation'))

    op.drop_table('centre')
    with op.batch_alter_table('role_log', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_role_log_organisation'))

    op.drop_table('role_log')
    op.drop_table('refusal')
    op.drop_table('organisation')
    with op.batch_alter_table('inbox', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_inbox_at'))

    op.drop_table('inbox')
    op.drop_table('fact')
