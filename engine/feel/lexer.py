"""Cuts the text of an expression into tokens; the parser joins the words of a longer name."""

import re
import unicodedata
from dataclasses import dataclass

from engine.feel.errors import FeelError

_NAME_START = (
    "?A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d"
    "\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_NAME_PART = _NAME_START + "0-9\u00b7\u0300-\u036f\u203f-\u2040"
_TOKEN = re.compile(
    r"(?P<space>\s+|//[^\n]*|/\*.*?\*/)"
    r"|(?P<number>(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?)"
    r'|(?P<string>"(?:[^"\\]|\\.)*")'
    rf"|(?P<name>[{_NAME_START}][{_NAME_PART}]*)"
    r"|(?P<symbol>\*\*|\.\.|<=|>=|!=|->|[-+*/=<>()\[\]{},.:@'])",
    re.DOTALL | re.ASCII,
)
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{6}|.)", re.DOTALL)
_SIMPLE_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "'": "'", "\\": "\\"}
_UNICODE_SPACE = re.compile(
    r"[\u0085\u00a0\u1680\u180e\u2000-\u200b\u2028\u2029\u202f\u205f\u3000\ufeff]"
)


@dataclass(frozen=True, slots=True)
class Token:
    """One token.

    Attributes:
        kind: "number", "string", "name", "symbol" or "end".
        text: as it stands there; of a string what it means, without quotes and escapes.
        position: offset in the text.
    """

    kind: str
    text: str
    position: int


def tokenize(text: str) -> list[Token]:
    """All tokens of *text* without spaces and comments, closed by one of kind "end".

    Raises:
        FeelError: syntax, for a character or an escape that FEEL does not know; forbidden_name.
    """
    tokens: list[Token] = []
    at = 0
    while at < len(text):
        if _UNICODE_SPACE.match(text, at):
            at += 1
            continue
        found = _TOKEN.match(text, at)
        if found is None:
            raise FeelError("syntax", f"{text[at]!r} cannot stand here.", position=at)
        kind = str(found.lastgroup)
        if kind == "name":
            check_name(found[0], at)
        if kind == "string":
            tokens.append(Token(kind, unescape(found[0][1:-1], at), at))
        elif kind != "space":
            tokens.append(Token(kind, found[0], at))
        at = found.end()
    tokens.append(Token("end", "", len(text)))
    return tokens


# Nothing of Python can be reached by a name; who writes one of these tries to, or is mistaken.
_PYTHON_FRAMES = ("ag_frame", "cr_frame", "gi_frame", "tb_frame", "f_back", "f_builtins", "f_code")
_PYTHON_CODE = ("co_code", "f_globals", "f_locals", "func_globals", "gi_code", "mro", "tb_next")
_PYTHON_NAMES = frozenset((*_PYTHON_FRAMES, *_PYTHON_CODE))
_LOOKALIKES = frozenset(["LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC"])


def check_name(name: str, position: int) -> None:
    """Refuse a name that can only deceive: Python's own ones, and letters that look like others.

    Raises:
        FeelError: forbidden_name.
    """
    if name.isascii():
        deceives = name.startswith("__") or name in _PYTHON_NAMES
    else:
        scripts = {unicodedata.name(sign, "").partition(" ")[0] for sign in name}
        is_mixed = len(scripts & _LOOKALIKES) > 1
        deceives = is_mixed or unicodedata.normalize("NFKC", name) != name
    if deceives:
        raise FeelError(
            "forbidden_name", f"The name {name[:40]!r} is not allowed.", position=position
        )


def unescape(text: str, position: int = 0) -> str:
    """The text that stands between two quotes, its escapes resolved."""
    if "\\" not in text:
        plain = text
    else:
        plain = _ESCAPE.sub(lambda found: _escaped(found[1], position), text)
    try:
        return plain.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        raise FeelError(
            "syntax", "A text holds half of a Unicode character.", position=position
        ) from None


def _escaped(escape: str, position: int) -> str:
    if escape in _SIMPLE_ESCAPES:
        return _SIMPLE_ESCAPES[escape]
    if escape[0] in "uU" and len(escape) > 1:
        code = int(escape[1:], 16)
        if code <= 0x10FFFF:
            return chr(code)
        raise FeelError("syntax", "There is no such Unicode character.", position=position)
    return "\\" + escape  # as the TCK has it: a pattern such as "\d" needs no second backslash
