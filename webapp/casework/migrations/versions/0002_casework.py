"""The application's first tables: accounts, places, cases, audit, notices."""

import sqlalchemy as sa
from alembic import op

from engine.storage.tables import Moment

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create every table of `webapp.casework.tables` as it was at the first release."""
    op.create_table(
        "account",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("login_name", sa.String(length=255), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_account"),
        sa.UniqueConstraint("login_name", name="uq_account_login_name"),
    )
    op.create_table(
        "audit_chain",
        sa.Column("chain", sa.String(length=255), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("head", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("chain", name="pk_audit_chain"),
    )
    op.create_table(
        "audit_record",
        sa.Column("chain", sa.String(length=255), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("actor_id", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("result", sa.String(length=32), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("chain", "seq", name="pk_audit_record"),
    )
    op.create_index("ix_audit_record_actor_id_at", "audit_record", ["actor_id", "at"], unique=False)
    op.create_table(
        "login_attempt",
        sa.Column("name_digest", sa.String(length=64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_failed_at", Moment(), nullable=False),
        sa.Column("next_try_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("name_digest", name="pk_login_attempt"),
    )
    op.create_index(
        "ix_login_attempt_last_failed_at", "login_attempt", ["last_failed_at"], unique=False
    )
    op.create_table(
        "notice",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("recipient", sa.String(length=255), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("case_number", sa.String(length=255), nullable=True),
        sa.Column("task_id", sa.String(length=64), nullable=True),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("seen_at", Moment(), nullable=True),
        sa.Column("seen_by", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_notice"),
    )
    op.create_index(
        "ix_notice_recipient_seen_at_at", "notice", ["recipient", "seen_at", "at"], unique=False
    )
    op.create_table(
        "region",
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_region"),
    )
    op.create_table(
        "account_grant",
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=255), nullable=False),
        sa.Column("scope", sa.String(length=255), nullable=False),
        sa.Column("granted_at", Moment(), nullable=False),
        sa.Column("granted_by", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_account_grant_account_id"),
        sa.PrimaryKeyConstraint("account_id", "role", "scope", name="pk_account_grant"),
    )
    op.create_index("ix_account_grant_role_scope", "account_grant", ["role", "scope"], unique=False)
    op.create_table(
        "house",
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("region", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(["region"], ["region.key"], name="fk_house_region"),
        sa.PrimaryKeyConstraint("key", name="pk_house"),
    )
    op.create_table(
        "web_session",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("last_seen_at", Moment(), nullable=False),
        sa.Column("revoked_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_web_session_account_id"),
        sa.PrimaryKeyConstraint("id", name="pk_web_session"),
    )
    op.create_index("ix_web_session_account_id", "web_session", ["account_id"], unique=False)
    op.create_index("ix_web_session_last_seen_at", "web_session", ["last_seen_at"], unique=False)
    op.create_table(
        "municipality",
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("house", sa.String(length=255), nullable=False),
        sa.Column("region", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(["house"], ["house.key"], name="fk_municipality_house"),
        sa.ForeignKeyConstraint(["region"], ["region.key"], name="fk_municipality_region"),
        sa.PrimaryKeyConstraint("key", name="pk_municipality"),
    )
    op.create_table(
        "case_file",
        sa.Column("number", sa.String(length=255), nullable=False),
        sa.Column("regime", sa.String(length=16), nullable=False),
        sa.Column("instance_id", sa.String(length=64), nullable=True),
        sa.Column("municipality", sa.String(length=255), nullable=False),
        sa.Column("house", sa.String(length=255), nullable=False),
        sa.Column("region", sa.String(length=255), nullable=False),
        sa.Column("reporter", sa.String(length=64), nullable=False),
        sa.Column("key_id", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("stage", sa.String(length=16), nullable=False),
        sa.Column("opened_at", Moment(), nullable=False),
        sa.Column("closed_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["house"], ["house.key"], name="fk_case_file_house"),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["process_instance.id"], name="fk_case_file_instance_id"
        ),
        sa.ForeignKeyConstraint(["key_id"], ["data_key.id"], name="fk_case_file_key_id"),
        sa.ForeignKeyConstraint(
            ["municipality"], ["municipality.key"], name="fk_case_file_municipality"
        ),
        sa.ForeignKeyConstraint(["region"], ["region.key"], name="fk_case_file_region"),
        sa.ForeignKeyConstraint(["reporter"], ["account.id"], name="fk_case_file_reporter"),
        sa.PrimaryKeyConstraint("number", name="pk_case_file"),
    )
    op.create_index("ix_case_file_instance_id", "case_file", ["instance_id"], unique=False)
    op.create_index(
        "ix_case_file_municipality_status_opened_at",
        "case_file",
        ["municipality", "status", "opened_at"],
        unique=False,
    )
    op.create_index(
        "ix_case_file_reporter_opened_at", "case_file", ["reporter", "opened_at"], unique=False
    )
    op.create_table(
        "case_index",
        sa.Column("field", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("case_number", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_number"], ["case_file.number"], name="fk_case_index_case_number"
        ),
        sa.PrimaryKeyConstraint("field", "digest", "case_number", name="pk_case_index"),
    )
    op.create_index("ix_case_index_case_number", "case_index", ["case_number"], unique=False)
    op.create_table(
        "case_section",
        sa.Column("case_number", sa.String(length=255), nullable=False),
        sa.Column("section", sa.String(length=255), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("changed_by", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_number"], ["case_file.number"], name="fk_case_section_case_number"
        ),
        sa.PrimaryKeyConstraint("case_number", "section", name="pk_case_section"),
    )
