"""Notices are found by their task: somebody is reminded of it once a day."""

from alembic import op

revision = "0008"
down_revision = ("0006", "0007")
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the index."""
    op.create_index("ix_notice_task_id", "notice", ["task_id"], unique=False)
