"""The settings of an installation, read once from the environment; docs/settings.md lists them."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from engine.errors import InvalidInputError, Problem
from engine.storage.crypto import Keyring
from engine.storage.database import Clock, Database

KEY_BYTES = 32
LOCAL_HOSTS = ("localhost", "127.0.0.1", "[::1]")


@dataclass(frozen=True, slots=True)
class Config:
    """How one installation runs.

    Attributes:
        database_url: "sqlite:///path/to/file" or "postgresql://...".
        data_dir: folder for what the installation writes beside the database.
        master_key: opens the keys of the cases; never stored in the database.
        secret_key: signs the cookie of the forms.
        host, port: where the server listens.
        is_https: whether browsers reach it over https: then cookies are sent over nothing else.
        trusted_hosts: the names by which browsers may call it.
        threads: how many requests are answered at once.
    """

    database_url: str
    data_dir: Path
    master_key: bytes = field(repr=False)
    secret_key: str = field(repr=False)
    host: str = "127.0.0.1"
    port: int = 8000
    is_https: bool = False
    trusted_hosts: tuple[str, ...] = LOCAL_HOSTS
    threads: int = 8

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "Config":
        """The settings that *environ* gives; the rest has its default.

        Without UITWEG_MASTER_KEY a key is read from the data folder, and made there once.

        Raises:
            InvalidInputError: a setting cannot be read; the problem names it and says what to do.
        """
        data_dir = Path(environ.get("UITWEG_DATA") or "var").absolute()
        master_key = _master_key(environ.get("UITWEG_MASTER_KEY", ""), data_dir)
        derived = Keyring(master_key).derive("web secret key").hex()
        return cls(
            database_url=environ.get("DATABASE_URL") or f"sqlite:///{data_dir / 'uitweg.db'}",
            data_dir=data_dir,
            master_key=master_key,
            secret_key=environ.get("UITWEG_SECRET_KEY") or derived,
            host=environ.get("UITWEG_HOST") or "127.0.0.1",
            port=_number(environ, "UITWEG_PORT", 8000, largest=65535),
            is_https=_yes_or_no(environ, "UITWEG_HTTPS"),
            trusted_hosts=_names(environ.get("UITWEG_TRUSTED_HOSTS", "")) or LOCAL_HOSTS,
            threads=_number(environ, "UITWEG_THREADS", 8, largest=256),
        )

    def open_database(self, clock: Clock | None = None) -> Database:
        """The database of this installation, with a connection for each thread and the worker."""
        self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        keyring = Keyring(self.master_key)
        return Database(self.database_url, keyring, clock, pool_size=max(16, self.threads + 4))


def _master_key(text: str, data_dir: Path) -> bytes:
    path = data_dir / "master.key"
    if text:
        return _key(text, "UITWEG_MASTER_KEY")
    if not path.exists():
        _make_key(path)
    return _key(path.read_text(encoding="ascii"), str(path))


def _make_key(path: Path) -> None:
    """Write a new key, whole or not at all; of two processes that begin together one wins."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(KEY_BYTES) + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        return
    finally:
        draft.unlink()


def _key(text: str, where: str) -> bytes:
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        _refuse(where, f"{where} is no key.", "Give 64 hexadecimal digits: `openssl rand -hex 32`.")
    return key


def _number(environ: Mapping[str, str], name: str, default: int, *, largest: int) -> int:
    text = environ.get(name) or str(default)
    number = int(text) if text.isascii() and text.isdigit() else 0
    if not 1 <= number <= largest:
        _refuse(name, f"{name} is {text!r}.", f"Give a whole number from 1 to {largest}.")
    return number


def _yes_or_no(environ: Mapping[str, str], name: str) -> bool:
    text = (environ.get(name) or "no").lower()
    answers = {"1": True, "yes": True, "true": True, "0": False, "no": False, "false": False}
    if text not in answers:
        _refuse(name, f"{name} is {text!r}.", "Give yes or no.")
    return answers[text]


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _refuse(name: str, message: str, remedy: str) -> NoReturn:
    raise InvalidInputError([Problem("", name, "setting", "error", message, remedy)], "setting")
