"""The application's tables, beside the engine's and in the same history of migrations.

Names and passwords of staff stand here, and what ties cases to places and people. What was filled
in about a person is in `case_section` alone, encrypted with the key of its case; `case_index` holds
only keyed digests of it. The reasons are in docs/decisions/0006-access-and-audit.md.
"""

from enum import StrEnum

from sqlalchemy import (
    Boolean,
    Column,
    Enum,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from engine.storage.tables import Id, Key, Moment, Name, metadata
from webapp.casework.roles import Regime


class CaseStatus(StrEnum):
    """Whether a case is worked on."""

    OPEN = "open"
    CLOSED = "closed"


class Stage(StrEnum):
    """How far a case is, in words that anybody may know."""

    RECEIVED = "received"
    IN_PROGRESS = "in_progress"
    CLOSED = "closed"


def _word(kind: type[StrEnum]) -> Enum:
    return Enum(
        kind, native_enum=False, length=16, values_callable=lambda words: [w.value for w in words]
    )


Digest = String(64)

region = Table(
    "region",
    metadata,
    Column("key", Key, primary_key=True),
    Column("name", Name, nullable=False),
)

house = Table(
    "house",
    metadata,
    Column("key", Key, primary_key=True),
    Column("name", Name, nullable=False),
    Column("region", Key, ForeignKey("region.key"), nullable=False),
)

municipality = Table(
    "municipality",
    metadata,
    Column("key", Key, primary_key=True),
    Column("name", Name, nullable=False),
    Column("house", Key, ForeignKey("house.key"), nullable=False),
    Column("region", Key, ForeignKey("region.key"), nullable=False),
)

# An organisation that sits in the screeningsoverleg of one house. Its key begins with that of the
# house: the same organisation at two houses is two partners, and a task for one is not the other's.
partner = Table(
    "partner",
    metadata,
    Column("key", Key, primary_key=True),
    Column("name", Name, nullable=False),
    Column("house", Key, ForeignKey("house.key"), nullable=False),
)

account = Table(
    "account",
    metadata,
    Column("id", Id, primary_key=True),
    Column("login_name", Key, nullable=False, unique=True),
    Column("display_name", Name, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("is_active", Boolean(create_constraint=False), nullable=False),
    Column("created_at", Moment, nullable=False),
)

# A role within a scope, as the role demands: the key of a municipality, house, region or partner.
account_grant = Table(
    "account_grant",
    metadata,
    Column("account_id", Id, ForeignKey("account.id"), nullable=False),
    Column("role", Key, nullable=False),
    Column("scope", Key, nullable=False),
    Column("granted_at", Moment, nullable=False),
    Column("granted_by", Id, nullable=False),
    PrimaryKeyConstraint("account_id", "role", "scope"),
    Index(None, "role", "scope"),
)

# A session of a browser. The id is a digest of the token, so that nobody can log in with a copy of
# the database.
web_session = Table(
    "web_session",
    metadata,
    Column("id", Digest, primary_key=True),
    Column("account_id", Id, ForeignKey("account.id"), nullable=False, index=True),
    Column("created_at", Moment, nullable=False),
    Column("last_seen_at", Moment, nullable=False, index=True),
    Column("revoked_at", Moment),
)

# Failed log-ins by a keyed digest of the name that was typed: people type passwords there too.
login_attempt = Table(
    "login_attempt",
    metadata,
    Column("name_digest", Digest, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_failed_at", Moment, nullable=False, index=True),
    Column("next_try_at", Moment, nullable=False),
)

# A meeting of a house has no municipality, and what a message began has no reporter. The cases of
# one person's road share a `path`: each regime has a case of its own, with a key of its own.
case_file = Table(
    "case_file",
    metadata,
    Column("number", Key, primary_key=True),
    Column("regime", _word(Regime), nullable=False),
    Column("instance_id", Id, ForeignKey("process_instance.id"), index=True),
    Column("municipality", Key, ForeignKey("municipality.key")),
    Column("house", Key, ForeignKey("house.key"), nullable=False),
    Column("region", Key, ForeignKey("region.key"), nullable=False),
    Column("reporter", Id, ForeignKey("account.id")),
    Column("path", Id, nullable=False, index=True),
    Column("key_id", Id, ForeignKey("data_key.id"), nullable=False),
    Column("status", _word(CaseStatus), nullable=False),
    Column("stage", _word(Stage), nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("closed_at", Moment),
    Index(None, "municipality", "status", "opened_at"),
    Index(None, "reporter", "opened_at"),
)

case_section = Table(
    "case_section",
    metadata,
    Column("case_number", Key, ForeignKey("case_file.number"), nullable=False),
    Column("section", Key, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("changed_by", Id, nullable=False),
    Column("content", LargeBinary, nullable=False),
    PrimaryKeyConstraint("case_number", "section"),
)

# Equal search without the values: an HMAC with a key of its own for each field.
case_index = Table(
    "case_index",
    metadata,
    Column("field", String(32), nullable=False),
    Column("digest", Digest, nullable=False),
    Column("case_number", Key, ForeignKey("case_file.number"), nullable=False, index=True),
    PrimaryKeyConstraint("field", "digest", "case_number"),
)

# The end of each chain: how long it is and its last hash, so that a tail that was cut off shows.
audit_chain = Table(
    "audit_chain",
    metadata,
    Column("chain", Key, primary_key=True),
    Column("length", Integer, nullable=False),
    Column("head", Digest, nullable=False),
)

# Append only. `chain` is the number of a case, or a day for what belongs to no case.
audit_record = Table(
    "audit_record",
    metadata,
    Column("chain", Key, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("at", Moment, nullable=False),
    Column("actor_id", Id, nullable=False),
    Column("action", String(64), nullable=False),
    Column("object", Name, nullable=False),
    Column("reason", Name, nullable=False),
    Column("result", String(32), nullable=False),
    Column("previous_hash", Digest, nullable=False),
    Column("hash", Digest, nullable=False),
    PrimaryKeyConstraint("chain", "seq"),
    Index(None, "actor_id", "at"),
)

# Something that somebody should know. `recipient` is a candidate: "role@scope", "person:<account>".
notice = Table(
    "notice",
    metadata,
    Column("id", Id, primary_key=True),
    Column("recipient", Key, nullable=False),
    Column("kind", String(64), nullable=False),
    Column("case_number", Key),
    Column("task_id", Id),
    Column("at", Moment, nullable=False),
    Column("seen_at", Moment),
    Column("seen_by", Id),
    Index("ix_notice_task_id", "task_id"),
    Index(None, "recipient", "seen_at", "at"),
)

# --- studio ---

# A change of one file of a process folder that was not published yet. The changes of a folder
# together, on the version that they began with, are its draft; owners share it. `content` is null
# for a file that was taken out. Definitions hold no personal data, so nothing here is encrypted.
process_draft = Table(
    "process_draft",
    metadata,
    Column("id", Id, primary_key=True),
    Column("folder", Key, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("base_deployment", Id, ForeignKey("deployment.id"), nullable=False),
    Column("path", Key, nullable=False),
    Column("content", LargeBinary),
    Column("changed_at", Moment, nullable=False),
    Column("changed_by", Id, nullable=False),
    UniqueConstraint("folder", "revision"),
)

# --- piket ---

# From when until when somebody is on call at a house, when nobody else can be reached. Times are
# instants; people read and type them by the clock of the house.
duty = Table(
    "duty",
    metadata,
    Column("id", Id, primary_key=True),
    Column("house", Key, ForeignKey("house.key"), nullable=False),
    Column("person", Id, ForeignKey("account.id"), nullable=False),
    Column("starts", Moment, nullable=False),
    Column("ends", Moment, nullable=False),
    Index(None, "house", "ends"),
    Index(None, "person", "ends"),
)
