"""Cases that begin by a message: without municipality or reporter, joined by a path. Partners."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = ("0002", "0003")
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Widen the case, give each case that is there a road of its own, and make the partners."""
    with op.batch_alter_table("case_file") as batch:
        batch.alter_column("municipality", existing_type=sa.String(length=255), nullable=True)
        batch.alter_column("reporter", existing_type=sa.String(length=64), nullable=True)
        batch.add_column(sa.Column("path", sa.String(length=64), nullable=True))
    op.execute("UPDATE case_file SET path = number")
    with op.batch_alter_table("case_file") as batch:
        batch.alter_column("path", existing_type=sa.String(length=64), nullable=False)
    op.create_index("ix_case_file_path", "case_file", ["path"], unique=False)
    op.create_table(
        "partner",
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("house", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(["house"], ["house.key"], name="fk_partner_house"),
        sa.PrimaryKeyConstraint("key", name="pk_partner"),
    )
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        lost = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        assert not lost, lost
