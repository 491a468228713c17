"""What of a case can be found again by equality, and how: keyed digests, never the values.

A rare value stays recognisable as "the same as there": whoever has the database sees that two cases
share a phone number, not which. docs/decisions/0006-access-and-audit.md weighs that.
"""

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from datetime import date

from engine.model import Value, Variables
from engine.storage.unit_of_work import UnitOfWork

Sections = Mapping[str, Variables]

# The sections that hold what is looked at.
SECTIONS = frozenset({"signal_core", "person_identity", "safe_contact"})
# Words that a company's name may have or lack.
_LEGAL_FORMS = frozenset({"bv", "nv", "vof", "cv", "stichting", "eenmanszaak"})


def terms(values: Sections) -> Iterator[tuple[str, str]]:
    """What to index of the whole content of a case: fields with their normalised text."""
    for field, read in _FIELDS.items():
        for text in read(values):
            if text:
                yield field, text


def digests(uow: UnitOfWork, values: Sections) -> frozenset[tuple[str, str]]:
    """The blind index of a case: for each field the HMAC under a key of its own."""
    return frozenset((field, _digest(uow, field, text)) for field, text in terms(values))


def digest_of_phone(uow: UnitOfWork, text: str) -> str:
    """What the blind index holds of a phone number, however it is written."""
    return _digest(uow, "phone", _phone(text))


def plain_words(text: str) -> str:
    """Text without capitals, accents and punctuation, its words in order of the alphabet."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(sorted(re.findall(r"[^\W_]+", letters)))


def _digest(uow: UnitOfWork, field: str, text: str) -> str:
    key = uow.keyring.derive(f"blind index {field}")
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def _people(values: Sections) -> Iterator[str]:
    """Name and birth year together: a name alone would tie strangers to each other."""
    person = values.get("person_identity", {})
    year = _year(person.get("birth_date")) or _digits(person.get("birth_year"))
    for name in (_text(person.get("name")), _text(person.get("alias"))):
        if name and year:
            yield f"{plain_words(name)} {year}"


def _phones(values: Sections) -> Iterator[str]:
    for section in ("person_identity", "safe_contact"):
        yield _phone(_text(values.get(section, {}).get("phone")))


def _addresses(values: Sections) -> Iterator[str]:
    for section in ("signal_core", "person_identity"):
        content = values.get(section, {})
        address = _text(content.get("address"))
        if address:
            place = _text(content.get("place")) or _text(content.get("city"))
            yield plain_words(f"{address} {place}")


def _companies(values: Sections) -> Iterator[str]:
    text = _text(values.get("signal_core", {}).get("company"))
    name = plain_words(text.replace(".", ""))  # "B.V." is "BV"
    yield " ".join(word for word in name.split() if word not in _LEGAL_FORMS)


def _registrations(values: Sections) -> Iterator[str]:
    yield _digits(values.get("signal_core", {}).get("kvk"))


_FIELDS: Mapping[str, Callable[[Sections], Iterator[str]]] = {
    "person": _people,
    "phone": _phones,
    "address": _addresses,
    "company": _companies,
    "kvk": _registrations,
}


def _text(value: Value) -> str:
    return value.strip() if isinstance(value, str) else ""


def _digits(value: Value) -> str:
    return re.sub(r"\D", "", str(value)) if value is not None else ""


def _year(value: Value) -> str:
    if isinstance(value, date):
        return str(value.year)
    found = re.search(r"\b(?:19|20)\d\d\b", value) if isinstance(value, str) else None
    return found[0] if found else ""


def _phone(text: str) -> str:
    """Digits with the country before them, so that 06 and +31 6 are the same."""
    digits = re.sub(r"\D", "", text.replace("+", "00", 1))
    if digits.startswith("00"):
        return digits[2:]
    return f"31{digits[1:]}" if digits.startswith("0") else digits
