"""The piket roster of a house: who is on call from when until when."""

import sqlalchemy as sa
from alembic import op

from engine.storage.tables import Moment

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of duties."""
    op.create_table(
        "duty",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("house", sa.String(length=255), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("starts", Moment(), nullable=False),
        sa.Column("ends", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["house"], ["house.key"], name="fk_duty_house"),
        sa.ForeignKeyConstraint(["person"], ["account.id"], name="fk_duty_person"),
        sa.PrimaryKeyConstraint("id", name="pk_duty"),
    )
    op.create_index("ix_duty_house_ends", "duty", ["house", "ends"], unique=False)
    op.create_index("ix_duty_person_ends", "duty", ["person", "ends"], unique=False)
