"""What somebody had typed when the session ended: sealed into the log-in page, opened after it.

Whoever sits down at the screen in between can read nothing in the page.
"""

import base64
from dataclasses import dataclass

import orjson
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app

KEPT_SECONDS = 8 * 3600

_NOT_KEPT = frozenset({"csrf_token", "password", "next", "kept"})


@dataclass(frozen=True, slots=True)
class KeptForm:
    """A form post that found no session.

    Attributes:
        action: the path it was posted to.
        fields: names and values as they came, in order.
        account_id: whose session it was, "" when the browser does not know any more.
    """

    action: str
    fields: tuple[tuple[str, str], ...]
    account_id: str = ""


def seal(form: KeptForm) -> str:
    """The form as a text that only this installation can open."""
    fields = [[name, value] for name, value in form.fields if name not in _NOT_KEPT]
    return _box().encrypt(orjson.dumps([form.action, fields, form.account_id])).decode("ascii")


def unseal(text: str, account_id: str) -> KeptForm | None:
    """The form in *text* for whoever logged in.

    None when it is not one of ours, is older than a working day or is somebody else's.
    """
    try:
        action, fields, owner = orjson.loads(_box().decrypt(text.encode(), ttl=KEPT_SECONDS))
    except InvalidToken:
        return None
    if owner not in {"", account_id}:
        return None
    return KeptForm(action, tuple((name, value) for name, value in fields), owner)


def _box() -> Fernet:
    secret = current_app.secret_key
    assert secret is not None
    source = secret.encode() if isinstance(secret, str) else secret
    key = HKDF(SHA256(), 32, salt=None, info=b"uitweg kept form").derive(source)
    return Fernet(base64.urlsafe_b64encode(key))
