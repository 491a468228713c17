"""Drafts of process folders: one row for each change of a file, until it is published."""

import sqlalchemy as sa
from alembic import op

from engine.storage.tables import Moment

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of the studio."""
    op.create_table(
        "process_draft",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("folder", sa.String(length=255), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("base_deployment", sa.String(length=64), nullable=False),
        sa.Column("path", sa.String(length=255), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("changed_by", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["base_deployment"], ["deployment.id"], name="fk_process_draft_base_deployment"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_process_draft"),
        sa.UniqueConstraint("folder", "revision", name="uq_process_draft_folder_revision"),
    )
