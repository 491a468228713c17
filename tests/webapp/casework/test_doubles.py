"""What makes two cases alike, and that nothing of it can be read in the database."""

from datetime import date

import pytest

from engine.model import SYSTEM, Variables
from webapp.casework import doubles

PERSON: Variables = {"name": "Ana-María Pérez", "birth_date": date(2003, 5, 6)}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ana-María Pérez", "perez ana maria"),
        ("  JAN   de Vries ", "Jan de Vries"),
        ("Łukasz", "łukasz"),
    ],
)
def test_a_name_is_the_same_without_capitals_accents_signs_and_order(one, other) -> None:
    assert doubles.plain_words(one) == doubles.plain_words(other)


@pytest.mark.parametrize(
    "phone", ["06 1234 5678", "+31 6 12345678", "0031612345678", "06-12345678"]
)
def test_a_phone_number_is_the_same_however_it_is_written(phone) -> None:
    found = set(doubles.terms({"safe_contact": {"phone": phone}}))

    assert found == {("phone", "31612345678")}


def test_a_name_alone_ties_nobody_to_a_namesake() -> None:
    assert not set(doubles.terms({"person_identity": {"name": "Ana Pérez"}}))
    assert set(doubles.terms({"person_identity": PERSON})) == {("person", "ana maria perez 2003")}


def test_a_year_of_birth_does_as_well_as_a_date() -> None:
    by_year: Variables = {"name": "Ana-María Pérez", "birth_year": 2003}

    assert set(doubles.terms({"person_identity": by_year})) == set(
        doubles.terms({"person_identity": PERSON})
    )


@pytest.mark.parametrize(
    "legal", ["Fruit Janssen B.V.", "fruit janssen bv", "Janssen Fruit V.O.F."]
)
def test_a_company_is_the_same_with_and_without_its_legal_form(legal) -> None:
    plain = set(doubles.terms({"signal_core": {"company": "Fruit Janssen"}}))

    assert plain == set(doubles.terms({"signal_core": {"company": legal}}))


def test_an_address_counts_with_its_town() -> None:
    found = set(doubles.terms({"signal_core": {"address": "Markt 1", "place": "Venlo"}}))

    assert found == {("address", "1 markt venlo")}


def test_a_field_that_is_empty_or_strange_ties_nothing() -> None:
    strange = {"name": 3, "birth_year": None, "phone": "", "address": None}

    assert not set(doubles.terms({"person_identity": strange, "signal_core": strange}))


def test_the_same_value_has_another_digest_in_another_field(database) -> None:
    values = {"signal_core": {"company": "31612345678"}, "safe_contact": {"phone": "0612345678"}}

    with database.unit_of_work(SYSTEM) as uow:
        digests = dict(doubles.digests(uow, values))

    assert digests["phone"] != digests["company"]
    assert "31612345678" not in digests.values()
