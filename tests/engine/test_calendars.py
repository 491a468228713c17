"""Closing days of the installation and of a region."""

from datetime import date

from engine import calendars
from engine.storage.database import Database
from tests.builders import ANNA

CARNIVAL = date(2026, 2, 16)


def test_a_region_has_days_of_its_own(database: Database) -> None:
    with database.unit_of_work(ANNA) as uow:
        calendars.close(uow, CARNIVAL, "Carnaval", calendar="nml")

        assert not uow.calendar_of("nml").is_working_day(CARNIVAL)
        assert uow.calendar_of("zuid").is_working_day(CARNIVAL)
        assert uow.calendar.is_working_day(CARNIVAL)


def test_a_day_of_the_installation_counts_in_every_region(database: Database) -> None:
    with database.unit_of_work(ANNA) as uow:
        calendars.close(uow, CARNIVAL, "Dicht")

        assert not uow.calendar_of("nml").is_working_day(CARNIVAL)


def test_a_closing_day_can_be_taken_back(database: Database) -> None:
    with database.unit_of_work(ANNA) as uow:
        calendars.close(uow, CARNIVAL, "Carnaval")
        assert [day.name for day in calendars.closing_days(uow)] == ["Carnaval"]
    with database.unit_of_work(ANNA) as uow:
        calendars.open_again(uow, CARNIVAL)

    with database.unit_of_work(ANNA) as uow:
        assert uow.calendar.is_working_day(CARNIVAL)
