"""Accounts, passwords and sessions: who somebody is, and how long we believe it.

Passwords are hashed outside every transaction: it takes a tenth of a second on purpose, and no
other act waits for it. An unknown name costs as much time as a wrong password.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Insert, bindparam, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from engine.errors import ConflictError, InvalidInputError, LimitError, NotFoundError, Problem
from engine.model import SYSTEM
from engine.storage.database import Database
from engine.storage.unit_of_work import UnitOfWork
from webapp.casework import audit, regions
from webapp.casework.access import Grant, Person
from webapp.casework.audit import Act, Result
from webapp.casework.roles import ROLES
from webapp.casework.tables import account, account_grant, login_attempt, web_session

IDLE_FOR = timedelta(minutes=15)
LASTS_FOR = timedelta(hours=8)
SEEN_EVERY = timedelta(minutes=1)
SHORTEST_PASSWORD, LONGEST_PASSWORD = 12, 128
FREE_FAILURES = 5
LONGEST_WAIT = timedelta(minutes=1)
FAILURES_FORGOTTEN_AFTER = timedelta(hours=1)
HASHES_AT_ONCE = 4

_hasher = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1, type=Type.ID)
_hashing = BoundedSemaphore(HASHES_AT_ONCE)


@dataclass(frozen=True, slots=True)
class Account:
    """An account as those who keep them see it."""

    id: str
    login_name: str
    display_name: str
    is_active: bool
    grants: frozenset[Grant]


_PERSON = select(account.c.id, account.c.display_name).where(
    account.c.id == bindparam("account_id"), account.c.is_active
)
_GRANTS = select(account_grant.c.role, account_grant.c.scope).where(
    account_grant.c.account_id == bindparam("account_id")
)
_SESSION = (
    select(
        web_session.c.account_id,
        web_session.c.last_seen_at,
        account.c.display_name,
        account_grant.c.role,
        account_grant.c.scope,
    )
    .join(account, account.c.id == web_session.c.account_id)
    .outerjoin(account_grant, account_grant.c.account_id == account.c.id)
    .where(
        web_session.c.id == bindparam("session_id"),
        web_session.c.revoked_at.is_(None),
        web_session.c.created_at > bindparam("not_before"),
        web_session.c.last_seen_at > bindparam("not_idle_since"),
        account.c.is_active,
    )
)
_TOUCH = (
    update(web_session)
    .where(web_session.c.id == bindparam("session_id"))
    .values(last_seen_at=bindparam("moment"))
)


def log_in(database: Database, login_name: str, password: str) -> str | None:
    """Begin a session; gives the token for the browser, None when name and password do not fit.

    It opens its own transactions, because checking a password takes long.

    Raises:
        LimitError: too_many_tries, with `seconds` to wait; it says nothing about the name.
    """
    with database.unit_of_work(SYSTEM, read_only=True) as uow:
        digest = _name_digest(uow, login_name)
        _refuse_if_throttled(uow, digest)
        found = _password_of(uow, login_name)
    is_right = _verify(found[1] if found else _any_hash(), password) and found is not None
    with database.unit_of_work(SYSTEM) as uow:
        if found is None or not is_right:
            _count_failure(uow, digest, found[0] if found else None)
            return None
        account_id = found[0]
        uow.connection.execute(delete(login_attempt).where(login_attempt.c.name_digest == digest))
        token = new_session(uow, account_id)
        audit.record(uow, Act.LOG_IN, actor_id=account_id)
    return token


def log_out(uow: UnitOfWork, token: str) -> None:
    """End the session of *token*, on the server; an unknown one is no error."""
    ended = uow.connection.execute(
        update(web_session)
        .where(web_session.c.id == _session_id(token), web_session.c.revoked_at.is_(None))
        .values(revoked_at=uow.now)
    )
    if ended.rowcount:
        audit.record(uow, Act.LOG_OUT)


def person_of(database: Database, token: str) -> Person | None:
    """Whose session it is; None when it ended, stood idle or was withdrawn, or the account is.

    It only reads, but for once a minute, when it writes that the session is in use.
    """
    session_id = _session_id(token)
    with database.unit_of_work(SYSTEM, read_only=True) as uow:
        rows = uow.connection.execute(
            _SESSION,
            {
                "session_id": session_id,
                "not_before": uow.now - LASTS_FOR,
                "not_idle_since": uow.now - IDLE_FOR,
            },
        ).all()
        now = uow.now
    if not rows:
        return None
    if now - rows[0].last_seen_at >= SEEN_EVERY:
        with database.unit_of_work(SYSTEM) as uow:
            uow.connection.execute(_TOUCH, {"session_id": session_id, "moment": uow.now})
    grants = frozenset(Grant(row.role, row.scope) for row in rows if row.role is not None)
    return Person(rows[0].account_id, rows[0].display_name, grants)


def new_session(uow: UnitOfWork, account_id: str) -> str:
    """Begin a session without asking for a password; gives its token, which is stored nowhere."""
    token = secrets.token_urlsafe(32)
    uow.connection.execute(
        insert(web_session),
        {
            "id": _session_id(token),
            "account_id": account_id,
            "created_at": uow.now,
            "last_seen_at": uow.now,
        },
    )
    return token


def revoke_sessions(uow: UnitOfWork, account_id: str) -> int:
    """End every session of an account; gives how many."""
    ended = uow.connection.execute(
        update(web_session)
        .where(web_session.c.account_id == account_id, web_session.c.revoked_at.is_(None))
        .values(revoked_at=uow.now)
    )
    return ended.rowcount


def forget_old_sessions(uow: UnitOfWork) -> int:
    """Delete sessions that nobody can use any more; gives how many."""
    gone = uow.connection.execute(
        delete(web_session).where(web_session.c.last_seen_at < uow.now - LASTS_FOR)
    )
    return gone.rowcount


def get(uow: UnitOfWork, account_id: str) -> Person:
    """The person of an active account.

    Raises:
        NotFoundError: account_not_found.
    """
    row = uow.connection.execute(_PERSON, {"account_id": account_id}).one_or_none()
    if row is None:
        raise NotFoundError("account_not_found", account_id=account_id)
    grants = uow.connection.execute(_GRANTS, {"account_id": account_id})
    return Person(row.id, row.display_name, frozenset(Grant(*grant) for grant in grants))


def names(uow: UnitOfWork, account_ids: set[str]) -> dict[str, str]:
    """The display name of each account; those that are no account are left out."""
    if not account_ids:
        return {}
    rows = uow.connection.execute(
        select(account.c.id, account.c.display_name).where(account.c.id.in_(sorted(account_ids)))
    )
    return {row.id: row.display_name for row in rows}


def all_accounts(uow: UnitOfWork) -> tuple[Account, ...]:
    """Every account with its grants, by log-in name."""
    grants: dict[str, set[Grant]] = {}
    for row in uow.connection.execute(select(account_grant)):
        grants.setdefault(row.account_id, set()).add(Grant(row.role, row.scope))
    rows = uow.connection.execute(select(account).order_by(account.c.login_name))
    return tuple(
        Account(
            row.id,
            row.login_name,
            row.display_name,
            row.is_active,
            frozenset(grants.get(row.id, ())),
        )
        for row in rows
    )


def find(uow: UnitOfWork, login_name: str) -> str:
    """The id of the account with this log-in name.

    Raises:
        NotFoundError: account_not_found.
    """
    found: str | None = uow.connection.execute(
        select(account.c.id).where(account.c.login_name == _plain(login_name))
    ).scalar_one_or_none()
    if found is None:
        raise NotFoundError("account_not_found")
    return found


def create(
    uow: UnitOfWork,
    login_name: str,
    display_name: str,
    password_hash: str,
    grants: frozenset[Grant] = frozenset(),
) -> Person:
    """Make an account.

    Args:
        password_hash: what `hash_password` gave.

    Raises:
        ConflictError: login_name_taken.
        InvalidInputError: a grant names a role or scope that is not there.
    """
    name = _plain(login_name)
    taken = uow.connection.execute(select(account.c.id).where(account.c.login_name == name))
    if taken.one_or_none() is not None:
        raise ConflictError("login_name_taken")
    person = Person(uow.new_id(), display_name, grants)
    uow.connection.execute(
        insert(account),
        {
            "id": person.id,
            "login_name": name,
            "display_name": display_name,
            "password_hash": password_hash,
            "is_active": True,
            "created_at": uow.now,
        },
    )
    audit.record(uow, Act.ADD_ACCOUNT, object=person.id)
    for grant in sorted(grants):
        give(uow, person.id, grant)
    return person


def give(uow: UnitOfWork, account_id: str, grant: Grant) -> None:
    """Give an account a role within a scope; twice is once.

    Raises:
        InvalidInputError: no such role, or no such scope for it.
    """
    _refuse_unknown(uow, grant)
    row = {"account_id": account_id, "role": grant.role, "scope": grant.scope}
    has = uow.connection.execute(select(account_grant).filter_by(**row)).one_or_none()
    if has is None:
        uow.connection.execute(
            insert(account_grant), {**row, "granted_at": uow.now, "granted_by": uow.actor.id}
        )
        audit.record(uow, Act.GRANT_ROLE, object=f"{account_id} {grant.group}")


def withdraw(uow: UnitOfWork, account_id: str, grant: Grant) -> None:
    """Take a role from an account; it counts from the next request on."""
    row = {"account_id": account_id, "role": grant.role, "scope": grant.scope}
    gone = uow.connection.execute(delete(account_grant).filter_by(**row))
    if gone.rowcount:
        audit.record(uow, Act.WITHDRAW_ROLE, object=f"{account_id} {grant.group}")


def change_password(uow: UnitOfWork, account_id: str, password_hash: str) -> None:
    """Set a password and end every session of the account."""
    _change(uow, account_id, "password", password_hash=password_hash)


def disable(uow: UnitOfWork, account_id: str) -> None:
    """Shut an account and end every session of it; what it did stays its own."""
    _change(uow, account_id, "disable", is_active=False)


def hash_password(password: str) -> str:
    """The argon2id hash of a new password; slow on purpose, so call it outside transactions.

    Raises:
        InvalidInputError: too short or too long.
    """
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        message = f"A password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters."
        raise InvalidInputError([_problem("password_length", message, "Choose another one.")])
    with _hashing:
        return _hasher.hash(password)


def new_password() -> str:
    """A random password that can be read out: four groups of five letters and digits."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    groups = ("".join(secrets.choice(letters) for _ in range(5)) for _ in range(4))
    return "-".join(groups)


def _verify(password_hash: str, password: str) -> bool:
    with _hashing:
        try:
            return _hasher.verify(password_hash, password[: LONGEST_PASSWORD + 1])
        except (VerificationError, InvalidHashError):
            return False


@lru_cache(maxsize=1)
def _any_hash() -> str:
    """What the password of an unknown account is compared with."""
    return _hasher.hash(secrets.token_urlsafe(16))


def _password_of(uow: UnitOfWork, login_name: str) -> tuple[str, str] | None:
    row = uow.connection.execute(
        select(account.c.id, account.c.password_hash).where(
            account.c.login_name == _plain(login_name), account.c.is_active
        )
    ).one_or_none()
    return (row.id, row.password_hash) if row else None


def _refuse_if_throttled(uow: UnitOfWork, digest: str) -> None:
    next_try_at: datetime | None = uow.connection.execute(
        select(login_attempt.c.next_try_at).where(login_attempt.c.name_digest == digest)
    ).scalar_one_or_none()
    if next_try_at is not None and next_try_at > uow.now:
        seconds = int((next_try_at - uow.now).total_seconds()) + 1
        raise LimitError("too_many_tries", seconds=seconds)


def _count_failure(uow: UnitOfWork, digest: str, account_id: str | None) -> None:
    """Let the next try wait longer after each failure, but never the owner for long."""
    row = uow.connection.execute(
        select(login_attempt).where(login_attempt.c.name_digest == digest)
    ).one_or_none()
    is_old = row is None or uow.now - row.last_failed_at > FAILURES_FORGOTTEN_AFTER
    failures = 1 if row is None or is_old else row.failures + 1
    wait = timedelta()
    if failures >= FREE_FAILURES:
        wait = min(timedelta(seconds=2 ** min(failures - FREE_FAILURES + 1, 10)), LONGEST_WAIT)
    uow.connection.execute(
        _UPSERT_ATTEMPT[uow.connection.dialect.name],
        {
            "name_digest": digest,
            "failures": failures,
            "last_failed_at": uow.now,
            "next_try_at": uow.now + wait,
        },
    )
    reason = "slowed_down" if wait else ""
    audit.record(
        uow,
        Act.LOG_IN,
        reason=reason,
        result=Result.REFUSED,
        actor_id=account_id or "unknown",
    )


def _upsert_attempt(dialect: str) -> Insert:
    into = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement = into(login_attempt)
    new = statement.excluded
    return statement.on_conflict_do_update(
        index_elements=["name_digest"],
        set_={
            "failures": new.failures,
            "last_failed_at": new.last_failed_at,
            "next_try_at": new.next_try_at,
        },
    )


_UPSERT_ATTEMPT = {dialect: _upsert_attempt(dialect) for dialect in ("sqlite", "postgresql")}


def _change(uow: UnitOfWork, account_id: str, what: str, **values: str | bool) -> None:
    changed = uow.connection.execute(
        update(account).where(account.c.id == account_id).values(**values)
    )
    if changed.rowcount != 1:
        raise NotFoundError("account_not_found", account_id=account_id)
    revoke_sessions(uow, account_id)
    audit.record(uow, Act.CHANGE_ACCOUNT, object=account_id, reason=what)


def _refuse_unknown(uow: UnitOfWork, grant: Grant) -> None:
    problems = []
    if grant.role not in ROLES:
        known = ", ".join(sorted(ROLES))
        problems.append(
            _problem("unknown_role", f"No role {grant.role!r}.", f"Use one of: {known}.")
        )
    role = ROLES.get(grant.role)
    scopes = regions.scope_names(uow, role.level if role else None)
    if grant.scope not in scopes:
        known = ", ".join(sorted(scopes))
        problems.append(
            _problem("unknown_scope", f"No scope {grant.scope!r}.", f"Use one of: {known}.")
        )
    if problems:
        raise InvalidInputError(problems)


def _problem(rule: str, message: str, remedy: str) -> Problem:
    return Problem("", None, rule, "error", message, remedy)


def _plain(login_name: str) -> str:
    # PostgreSQL can not look for a NUL
    return login_name.replace("\0", "").strip().casefold()


def _name_digest(uow: UnitOfWork, login_name: str) -> str:
    key = uow.keyring.derive("log-in attempts")
    return hmac.new(key, _plain(login_name).encode(), hashlib.sha256).hexdigest()


def _session_id(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
