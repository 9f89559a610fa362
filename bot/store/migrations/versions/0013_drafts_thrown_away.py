"""drafts that were thrown away are gone"""

from __future__ import annotations

from alembic import op

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("DELETE FROM programme WHERE state = 'ended' AND started_at IS NULL")


def downgrade() -> None:
    """Nothing of them is kept that could be brought back."""
