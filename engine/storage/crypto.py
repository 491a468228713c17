"""Encryption per case: AES-256-GCM with a key per case, wrapped by a key outside the database."""

import hashlib
import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Connection, bindparam, insert, select, update

from engine.errors import NotFoundError, UnavailableError
from engine.storage.tables import data_key

FORMAT = b"\x01"
NONCE_BYTES = 12
CACHED_KEYS = 20_000
CACHED_FOR = timedelta(minutes=5)

_WRAPPED = select(data_key.c.wrapped_key, data_key.c.master_key_id).where(
    data_key.c.id == bindparam("key_id")
)
_INSERT = insert(data_key)


class Writing(Protocol):
    """What the keyring needs of a unit of work."""

    @property
    def connection(self) -> Connection:
        """The open transaction."""

    @property
    def now(self) -> datetime:
        """The instant of the transaction."""

    def new_id(self) -> str:
        """A new sortable id."""

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Run *callback* once the transaction is durable."""


@dataclass(frozen=True, slots=True)
class _Cached:
    cipher: AESGCM
    since: datetime


class _Cache:
    """Unwrapped keys of this process, bounded.

    They are looked up again after some minutes, so that a key that another process destroyed is
    forgotten here too.
    """

    def __init__(self) -> None:
        self._keys: OrderedDict[str, _Cached] = OrderedDict()
        self._lock = Lock()

    def get(self, key_id: str, now: datetime) -> AESGCM | None:
        with self._lock:
            found = self._keys.get(key_id)
            if found is None or abs(now - found.since) > CACHED_FOR:
                return None
            self._keys.move_to_end(key_id)
            return found.cipher

    def put(self, key_id: str, cipher: AESGCM, now: datetime) -> None:
        with self._lock:
            self._keys[key_id] = _Cached(cipher, now)
            self._keys.move_to_end(key_id)
            while len(self._keys) > CACHED_KEYS:
                self._keys.popitem(last=False)

    def drop(self, key_id: str) -> None:
        with self._lock:
            self._keys.pop(key_id, None)


class Keyring:
    """The keys of all cases, opened with one master key.

    A unit of work carries a keyring that reads keys through its own connection; the keyring of the
    database has none, and is only there to be bound.

    Args:
        master_key: 32 random bytes that are never stored in the database.
    """

    def __init__(self, master_key: bytes) -> None:
        if len(master_key) != 32:
            raise ValueError("a master key is 32 bytes")
        self._master_key = master_key
        self._wrapping = AESGCM(self.derive("wrap data keys"))
        self._master_key_id = hashlib.sha256(self.derive("name the master key")).hexdigest()[:16]
        self._cache = _Cache()
        self._connection: Connection | None = None
        self._now: datetime | None = None

    def bound_to(self, connection: Connection, now: datetime) -> "Keyring":
        """This keyring for one transaction: same master key, same cache."""
        bound = object.__new__(Keyring)
        bound.__dict__.update(self.__dict__, _connection=connection, _now=now)
        return bound

    def derive(self, purpose: str) -> bytes:
        """A key of 32 bytes for one purpose (blind indexes, the audit chain), from the master."""
        kdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"uitweg " + purpose.encode())
        return kdf.derive(self._master_key)

    def new_key(self, uow: Writing) -> str:
        """Make a key for a case and store it wrapped; gives its id."""
        key_id = uow.new_id()
        secret = secrets.token_bytes(32)
        nonce = secrets.token_bytes(NONCE_BYTES)
        wrapped = nonce + self._wrapping.encrypt(nonce, secret, key_id.encode())
        uow.connection.execute(
            _INSERT,
            {
                "id": key_id,
                "master_key_id": self._master_key_id,
                "wrapped_key": wrapped,
                "created_at": uow.now,
            },
        )
        self._cache.put(key_id, AESGCM(secret), uow.now)
        return key_id

    def encrypt(self, key_id: str, plaintext: bytes, *, table: str, column: str, row: str) -> bytes:
        """Encrypt a value for the one place where it is stored.

        Raises:
            NotFoundError: the key is unknown, or was destroyed with its case.
        """
        nonce = secrets.token_bytes(NONCE_BYTES)
        place = _place(table, column, row, key_id)
        return FORMAT + nonce + self._cipher(key_id).encrypt(nonce, plaintext, place)

    def decrypt(self, key_id: str, sealed: bytes, *, table: str, column: str, row: str) -> bytes:
        """Read what `encrypt` made for the same place.

        Raises:
            NotFoundError: the key is unknown, or was destroyed with its case.
            UnavailableError: the bytes were changed, or belong to another place.
        """
        start = len(FORMAT)
        nonce, ciphertext = sealed[start : start + NONCE_BYTES], sealed[start + NONCE_BYTES :]
        cipher = self._cipher(key_id)
        try:
            return cipher.decrypt(nonce, ciphertext, _place(table, column, row, key_id))
        except (InvalidTag, ValueError):
            raise UnavailableError("data_damaged", table=table, column=column, row=row) from None

    def destroy(self, uow: Writing, key_id: str) -> None:
        """Destroy the key of a case, and with it everything encrypted with it."""
        uow.connection.execute(
            update(data_key)
            .where(data_key.c.id == key_id)
            .values(wrapped_key=None, destroyed_at=uow.now)
        )
        self._cache.drop(key_id)
        # a reader of the old row may put it back before the commit
        uow.after_commit(lambda: self._cache.drop(key_id))

    def _cipher(self, key_id: str) -> AESGCM:
        if self._connection is None or self._now is None:
            raise RuntimeError("a keyring reads keys through a unit of work")
        cipher = self._cache.get(key_id, self._now)
        if cipher is None:
            cipher = AESGCM(self._unwrapped(self._connection, key_id))
            self._cache.put(key_id, cipher, self._now)
        return cipher

    def _unwrapped(self, connection: Connection, key_id: str) -> bytes:
        row = connection.execute(_WRAPPED, {"key_id": key_id}).one_or_none()
        if row is None or row.wrapped_key is None:
            raise NotFoundError("key_not_found", key_id=key_id)
        if row.master_key_id != self._master_key_id:
            raise UnavailableError("other_master_key", key_id=key_id)
        nonce, wrapped = row.wrapped_key[:NONCE_BYTES], row.wrapped_key[NONCE_BYTES:]
        try:
            return self._wrapping.decrypt(nonce, wrapped, key_id.encode())
        except InvalidTag:
            raise UnavailableError("data_damaged", table="data_key", row=key_id) from None


def _place(table: str, column: str, row: str, key_id: str) -> bytes:
    return "|".join((table, column, row, key_id)).encode()
