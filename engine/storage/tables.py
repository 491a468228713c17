"""The engine's tables, the same on SQLite and PostgreSQL.

Rows of tasks, jobs, subscriptions, incidents and history hold no personal data: keys, roles, dates
and the pseudonymous case number, so that lists run on plain indexes. What may hold data of a case
(state, drafts, payloads) is a column of bytes, encrypted with the key of its case. The reasons are
in docs/decisions/0005-tables-and-transactions.md.
"""

from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import (
    JSON,
    Column,
    Date,
    DateTime,
    Dialect,
    Enum,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)

from engine.model import InstanceStatus, JobKind, SubscriptionKind


class Moment(TypeDecorator[datetime]):
    """An instant: aware on the way in, UTC on the way out, refused when it has no time zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """UTC, so that the text SQLite stores sorts as time does."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without time zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """SQLite gives back what it stored, without its zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class TaskStatus(StrEnum):
    """Where a user task stands."""

    OPEN = "open"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class JobStatus(StrEnum):
    """Whether a job goes on by itself."""

    WAITING = "waiting"
    INCIDENT = "incident"


def _word(kind: type[StrEnum]) -> Enum:
    return Enum(
        kind, native_enum=False, length=16, values_callable=lambda words: [w.value for w in words]
    )


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# Tables that every step writes are stored by their key on SQLite (`sqlite_with_rowid=False`): it
# saves a page of each for every step.
Id = String(64)
Key = String(255)
Name = Text()

# One key per case, wrapped by the master key that is kept outside the database. Destroying it
# (wrapped_key becomes null) destroys the data of the case, in backups too.
data_key = Table(
    "data_key",
    metadata,
    Column("id", Id, primary_key=True),
    Column("master_key_id", String(16), nullable=False),
    Column("wrapped_key", LargeBinary),
    Column("created_at", Moment, nullable=False),
    Column("destroyed_at", Moment),
)

# One version of a process folder, whole. `files` is a zip; `uses` lists the deployments of shared
# folders that it was checked with and runs with.
deployment = Table(
    "deployment",
    metadata,
    Column("id", Id, primary_key=True),
    Column("folder", Key, nullable=False),
    Column("version", Integer, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("uses", JSON, nullable=False),
    Column("deployed_at", Moment, nullable=False),
    Column("deployed_by", Id, nullable=False),
    Column("files", LargeBinary, nullable=False),
    UniqueConstraint("folder", "version"),
)

process_definition = Table(
    "process_definition",
    metadata,
    Column("id", Id, primary_key=True),
    Column("process_id", Key, nullable=False),
    Column("version", Integer, nullable=False),
    Column("name", Name, nullable=False),
    Column("deployment_id", Id, ForeignKey("deployment.id"), nullable=False, index=True),
    Column("start_messages", JSON, nullable=False),
    Column("start_signals", JSON, nullable=False, server_default=text("'[]'")),
    UniqueConstraint("process_id", "version"),
)

# The row that every act on an instance locks first. `revision` rises by one with every step;
# `history_length` numbers the events of its history. The three of `caller` name the call activity
# of another instance that waits for its end; null for what nobody called.
process_instance = Table(
    "process_instance",
    metadata,
    Column("id", Id, primary_key=True),
    Column("process_id", Key, nullable=False),
    Column("definition_id", Id, ForeignKey("process_definition.id"), nullable=False, index=True),
    Column("business_key", Key, nullable=False, index=True),
    Column("status", _word(InstanceStatus), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("history_length", Integer, nullable=False),
    Column("calendar", Key, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("started_by", Id, nullable=False),
    Column("ended_at", Moment),
    Column("key_id", Id, ForeignKey("data_key.id"), nullable=False, index=True),
    Column("codec_version", Integer, nullable=False),
    Column("state", LargeBinary, nullable=False),
    Column("caller_id", Id),
    Column("caller_key", String(32)),
    Column("caller_element_id", Name),
    Index(None, "status", "started_at", "id"),
    # A call begins one instance, however often it is tried.
    Index(
        "ix_process_instance_caller",
        "caller_id",
        "caller_key",
        unique=True,
        sqlite_where=text("caller_id IS NOT NULL"),
        postgresql_where=text("caller_id IS NOT NULL"),
    ),
)

# The states before the last steps, for undo and repair. A ring: slot is revision modulo its size.
instance_state = Table(
    "instance_state",
    metadata,
    Column("instance_id", Id, ForeignKey("process_instance.id"), nullable=False),
    Column("slot", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("replaced_at", Moment, nullable=False),
    Column("codec_version", Integer, nullable=False),
    Column("state", LargeBinary, nullable=False),
    PrimaryKeyConstraint("instance_id", "slot"),
    sqlite_with_rowid=False,
)

# `id` is "<instance id>-<key>". A draft is what someone typed and has not submitted; closing the
# task clears it in the same statement.
user_task = Table(
    "user_task",
    metadata,
    Column("id", Id, primary_key=True),
    Column("instance_id", Id, ForeignKey("process_instance.id"), nullable=False),
    Column("key", String(32), nullable=False),
    Column("process_id", Key, nullable=False),
    Column("element_id", Name, nullable=False),
    Column("name", Name, nullable=False),
    Column("business_key", Key, nullable=False),
    Column("lane", Name),
    Column("role", Name),
    Column("candidate", Key, nullable=False),
    Column("form_key", Name),
    Column("status", _word(TaskStatus), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("assignee", Id),
    Column("claimed_at", Moment),
    Column("opened_at", Moment, nullable=False),
    Column("due_at", Moment),
    Column("completed_at", Moment),
    Column("completed_by", Id),
    Column("draft_saved_at", Moment),
    Column("draft", LargeBinary),
    # Null terms sort differently on the two databases, so lists order by `sort_at`: when it is due
    # or, without a term, a moment far away.
    Column("sort_at", Moment, nullable=False),
    Index("ix_user_task_instance_id", "instance_id"),
    Index("ix_user_task_business_key", "business_key", "status"),
    Index(
        "ix_user_task_inbox",
        "candidate",
        "sort_at",
        "id",
        sqlite_where=text("status = 'open' AND assignee IS NULL"),
        postgresql_where=text("status = 'open' AND assignee IS NULL"),
    ),
    # Without those that nobody has: SQLite would take it for a list of them, whatever the order.
    Index(
        "ix_user_task_assignee",
        "assignee",
        "sort_at",
        "id",
        sqlite_where=text("status = 'open' AND assignee IS NOT NULL"),
        postgresql_where=text("status = 'open' AND assignee IS NOT NULL"),
    ),
    # What stands still, the longest first, wherever it lies: past its term, or taken by nobody.
    Index(
        "ix_user_task_open",
        "sort_at",
        "id",
        sqlite_where=text("status = 'open'"),
        postgresql_where=text("status = 'open'"),
    ),
    Index(
        "ix_user_task_unclaimed",
        "opened_at",
        "id",
        sqlite_where=text("status = 'open' AND assignee IS NULL"),
        postgresql_where=text("status = 'open' AND assignee IS NULL"),
    ),
    sqlite_with_rowid=False,
)

# Work for later. `id` is "<instance id>-<key>". `next_try_at` is when it may be taken: when it is
# due, when the lease of its taker ends, or when a failed try is repeated. Finished work is deleted:
# its history stays.
job = Table(
    "job",
    metadata,
    Column("id", Id, primary_key=True),
    Column("instance_id", Id, ForeignKey("process_instance.id"), nullable=False, index=True),
    Column("key", String(32), nullable=False),
    Column("kind", _word(JobKind), nullable=False),
    Column("element_id", Name, nullable=False),
    Column("topic", Name),
    Column("status", _word(JobStatus), nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("next_try_at", Moment, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("lease_owner", Id),
    Column("payload", LargeBinary),
    Index("ix_job_due", "status", "next_try_at"),
    sqlite_with_rowid=False,
)

# Work that cannot go on without a person. It goes with its job, when that succeeds or is cancelled;
# that it was there stays in the history.
incident = Table(
    "incident",
    metadata,
    Column("job_id", Id, ForeignKey("job.id", ondelete="CASCADE"), primary_key=True),
    Column("instance_id", Id, ForeignKey("process_instance.id"), nullable=False, index=True),
    Column("business_key", Key, nullable=False),
    Column("element_id", Name, nullable=False),
    Column("code", Name, nullable=False),
    Column("opened_at", Moment, nullable=False, index=True),
)

# What an instance waits for. One table for messages and signals: `kind` tells them apart. `due_at`
# is when it should have come: the moment of the first timer that is drawn on the waiting.
message_subscription = Table(
    "message_subscription",
    metadata,
    Column("id", Id, primary_key=True),
    Column("instance_id", Id, ForeignKey("process_instance.id"), nullable=False, index=True),
    Column("key", String(32), nullable=False),
    Column("kind", _word(SubscriptionKind), nullable=False),
    Column("element_id", Name, nullable=False),
    Column("name", Key, nullable=False),
    Column("correlation_key", Key),
    Column("opened_at", Moment, nullable=False),
    Column("due_at", Moment),
    Index("ix_message_subscription_route", "name", "correlation_key"),
    Index(
        "ix_message_subscription_due",
        "due_at",
        "id",
        sqlite_where=text("due_at IS NOT NULL"),
        postgresql_where=text("due_at IS NOT NULL"),
    ),
    sqlite_with_rowid=False,
)

# Append only. Who did what and when, without data; `number` counts from 1 in each instance.
history_event = Table(
    "history_event",
    metadata,
    Column("instance_id", Id, ForeignKey("process_instance.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("at", Moment, nullable=False),
    Column("actor_id", Id, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("process_id", Key),
    Column("element_id", Name),
    Column("detail", Name),
    PrimaryKeyConstraint("instance_id", "number"),
    sqlite_with_rowid=False,
)

# The idempotency keys of submitted forms, with what came of them. Kept some days.
submission = Table(
    "submission",
    metadata,
    Column("actor_id", Id, nullable=False),
    Column("key", String(128), nullable=False),
    Column("outcome", JSON, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("at", Moment, nullable=False, index=True),
    PrimaryKeyConstraint("actor_id", "key"),
)

# Free days beside the national ones; `calendar` is a region, or "" for everyone.
closing_day = Table(
    "closing_day",
    metadata,
    Column("calendar", Key, nullable=False),
    Column("day", Date, nullable=False),
    Column("name", Name, nullable=False),
    PrimaryKeyConstraint("calendar", "day"),
)
