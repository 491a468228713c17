"""Accounts and sessions: a password is believed for a while, and never read back."""

import pytest
from sqlalchemy import select

from engine.errors import ConflictError, InvalidInputError, LimitError, NotFoundError, Problem
from engine.model import SYSTEM
from webapp.casework import accounts, audit, regions
from webapp.casework.access import Grant
from webapp.casework.tables import account, login_attempt, web_session

PASSWORD = "een-lang-wachtwoord"
HASH = accounts.hash_password(PASSWORD)
GRANT = Grant("aandachtsfunctionaris", "venlo")


@pytest.fixture
def anna(database):
    """The id of an account that can log in."""
    with database.unit_of_work(SYSTEM) as uow:
        regions.add_region(uow, "limburg", "Limburg")
        regions.add_house(uow, "noord", "ZVH Noord", region="limburg")
        regions.add_municipality(uow, "venlo", "Venlo", house="noord", region="limburg")
        return accounts.create(uow, "Anna", "Anna Aarts", HASH, frozenset({GRANT})).id


def test_name_and_password_give_a_session(database, anna) -> None:
    token = _log_in(database)

    person = accounts.person_of(database, token)
    assert person is not None
    assert (person.id, person.display_name, person.grants) == (
        anna,
        "Anna Aarts",
        frozenset({GRANT}),
    )


@pytest.mark.parametrize(("name", "password"), [("anna", "iets anders"), ("niemand", PASSWORD)])
def test_a_wrong_password_and_an_unknown_name_give_the_same_answer(
    database, anna, name, password
) -> None:
    assert accounts.log_in(database, name, password) is None


def test_neither_password_nor_token_stands_in_the_database(database, anna) -> None:
    token = _log_in(database)

    with database.unit_of_work(SYSTEM) as uow:
        rows = [
            *uow.connection.execute(select(account)),
            *uow.connection.execute(select(web_session)),
        ]
    assert PASSWORD not in str(rows)
    assert token not in str(rows)


def test_a_session_ends_when_nobody_uses_it(database, anna, clock) -> None:
    token = _log_in(database)

    clock.advance(minutes=14)
    assert accounts.person_of(database, token)
    clock.advance(minutes=14)
    assert accounts.person_of(database, token)
    clock.advance(minutes=16)

    assert accounts.person_of(database, token) is None


def test_a_session_ends_after_a_working_day_however_much_it_is_used(database, anna, clock) -> None:
    token = _log_in(database)

    for _ in range(8 * 6):
        assert accounts.person_of(database, token)
        clock.advance(minutes=10)

    assert accounts.person_of(database, token) is None


def test_a_session_that_was_logged_out_is_over(database, anna) -> None:
    token = _log_in(database)

    with database.unit_of_work(SYSTEM) as uow:
        accounts.log_out(uow, token)

    assert accounts.person_of(database, token) is None


@pytest.mark.parametrize("what", ["disable", "change_password"])
def test_shutting_an_account_ends_its_sessions_at_once(database, anna, what) -> None:
    token = _log_in(database)

    with database.unit_of_work(SYSTEM) as uow:
        if what == "disable":
            accounts.disable(uow, anna)
        else:
            accounts.change_password(uow, anna, HASH)

    assert accounts.person_of(database, token) is None


def test_a_role_that_was_taken_away_is_gone_at_the_next_request(database, anna) -> None:
    token = _log_in(database)

    with database.unit_of_work(SYSTEM) as uow:
        accounts.withdraw(uow, anna, GRANT)

    person = accounts.person_of(database, token)
    assert person is not None
    assert not person.grants


def test_the_fifth_wrong_password_makes_the_next_one_wait(database, anna, clock) -> None:
    for _ in range(accounts.FREE_FAILURES):
        accounts.log_in(database, "anna", "iets anders")

    with pytest.raises(LimitError, match="too_many_tries"):
        accounts.log_in(database, "anna", PASSWORD)

    clock.advance(minutes=1, seconds=1)
    assert accounts.log_in(database, "anna", PASSWORD)


def test_names_that_are_tried_are_not_stored_as_they_were_typed(database, anna) -> None:
    accounts.log_in(database, "hunter2-in-het-verkeerde-veld", PASSWORD)

    with database.unit_of_work(SYSTEM) as uow:
        rows = uow.connection.execute(select(login_attempt)).all()
        day = audit.read(uow, uow.now.date().isoformat())
    assert len(rows) == 1
    assert "hunter2" not in str(rows) + str(day)


def test_two_accounts_cannot_have_one_name(database, anna) -> None:
    with pytest.raises(ConflictError, match="login_name_taken"), _uow(database) as uow:
        accounts.create(uow, "ANNA ", "Andere Anna", HASH)


def test_a_role_or_place_that_is_not_there_cannot_be_given(database, anna) -> None:
    with pytest.raises(InvalidInputError) as refused, _uow(database) as uow:
        accounts.give(uow, anna, Grant("baas", "atlantis"))

    assert [problem.rule for problem in refused.value.problems] == ["unknown_role", "unknown_scope"]


@pytest.mark.parametrize("scope", ["noord", "limburg", "noord_politie"])
def test_a_role_is_not_given_in_a_place_of_another_kind(database, anna, scope) -> None:
    with _uow(database) as uow:
        regions.add_partner(uow, "noord_politie", "Politie", house="noord")

    with pytest.raises(InvalidInputError) as refused, _uow(database) as uow:
        accounts.give(uow, anna, Grant("teammanager", scope))

    (problem,) = refused.value.problems
    assert isinstance(problem, Problem)
    assert (problem.rule, problem.remedy) == ("unknown_scope", "Use one of: venlo.")


@pytest.mark.parametrize("password", ["kort", "x" * 129])
def test_a_password_of_a_wrong_length_is_refused(password) -> None:
    with pytest.raises(InvalidInputError):
        accounts.hash_password(password)


def test_a_made_password_is_long_enough_and_never_the_same() -> None:
    made = {accounts.new_password() for _ in range(20)}

    assert len(made) == 20
    assert min(map(len, made)) >= accounts.SHORTEST_PASSWORD


def test_what_happens_to_accounts_is_recorded(database, anna) -> None:
    with _uow(database) as uow:
        accounts.withdraw(uow, anna, GRANT)
        accounts.disable(uow, anna)
        day = audit.read(uow, uow.now.date().isoformat())

    assert [record.action for record in day] == [
        "add_account",
        "grant_role",
        "withdraw_role",
        "change_account",
    ]


def test_an_account_that_is_not_there_is_not_found(database) -> None:
    with pytest.raises(NotFoundError, match="account_not_found"), _uow(database) as uow:
        accounts.get(uow, "niemand")


def test_sessions_that_nobody_can_use_are_cleaned_away(database, anna, clock) -> None:
    accounts.log_in(database, "anna", PASSWORD)
    clock.advance(hours=9)

    with _uow(database) as uow:
        assert accounts.forget_old_sessions(uow) == 1


def _log_in(database) -> str:
    token = accounts.log_in(database, " ANNA ", PASSWORD)
    assert token is not None
    return token


def _uow(database):
    return database.unit_of_work(SYSTEM)
