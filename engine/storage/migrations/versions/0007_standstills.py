"""What stands still is found by indexes of its own, and a waiting knows when it should be over."""

import sqlalchemy as sa
from alembic import op

from engine.storage.tables import Moment

revision = "0007"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column and the indexes; what waits already has no term that is known.

    The index of who has which task leaves out what nobody has, so that no list of that is read
    from it.
    """
    op.add_column("message_subscription", sa.Column("due_at", Moment()))
    _index("message_subscription", "due", ["due_at", "id"], "due_at IS NOT NULL")
    _index("user_task", "open", ["sort_at", "id"], "status = 'open'")
    unclaimed = "status = 'open' AND assignee IS NULL"
    _index("user_task", "unclaimed", ["opened_at", "id"], unclaimed)
    op.drop_index("ix_user_task_assignee", "user_task")
    taken = "status = 'open' AND assignee IS NOT NULL"
    _index("user_task", "assignee", ["assignee", "sort_at", "id"], taken)


def _index(table: str, name: str, columns: list[str], where: str) -> None:
    op.create_index(
        f"ix_{table}_{name}",
        table,
        columns,
        unique=False,
        sqlite_where=sa.text(where),
        postgresql_where=sa.text(where),
    )
