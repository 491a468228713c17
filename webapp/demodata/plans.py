"""What will be reported: how many cases, which story each, about whom, where and when."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from webapp.casework.access import Person
from webapp.demodata import content
from webapp.demodata.colleagues import Colleagues
from webapp.demodata.content import Situation, Story
from webapp.demodata.pace import Pace
from webapp.demodata.personas import Persona, persona

# Who reports, and so where: people of this role know what goes on in their own municipality.
REPORTER = "signaleerder"
LONGEST_BEFORE = timedelta(days=max(story.days_ago[1] for story in content.stories()) + 3)


def die(seed: int, about: str) -> Random:
    """The die that is thrown about something: the same about the same, whatever came before."""
    return Random(f"{seed} {about}")  # noqa: S311  nothing that anybody must not guess


@dataclass(frozen=True, slots=True)
class Road:
    """One case to come, from its report on.

    Attributes:
        number: counts from 1; with the seed it decides everything that is drawn.
        municipality: key.
        reporter: who fills in the form that begins it.
    """

    number: int
    story: Story
    situation: Situation
    persona: Persona
    municipality: str
    reporter: Person
    begins_at: datetime


@dataclass(frozen=True, slots=True)
class Planner:
    """Makes the roads of a demo that ends now; the same seed and moment give the same.

    Attributes:
        places: names of the municipalities, by key.
    """

    now: datetime
    colleagues: Colleagues
    pace: Pace
    places: Mapping[str, str]
    seed: int

    def roads(self, cases: int) -> list[Road]:
        """So many cases, the earliest first."""
        made: dict[str, list[Road]] = {}
        for number, (story, turn) in enumerate(_turns(cases), 1):
            rng = die(self.seed, f"road {number}")
            first = made.get(story.again, [])
            road = (
                self._reported_again(rng, number, story, first[turn % len(first)])
                if first
                else self._road(rng, number, story, turn)
            )
            made.setdefault(story.key, []).append(road)
        every = (road for roads in made.values() for road in roads)
        return sorted(every, key=lambda road: (road.begins_at, road.number))

    def _road(self, rng: Random, number: int, story: Story, turn: int) -> Road:
        begins_at = self._begin(rng, story, turn)
        here = [key for key in self.colleagues.with_role(REPORTER) if key in self.places]
        municipality = here[number % len(here)]
        keys = story.situations or tuple(content.situations())
        situation = content.situations()[keys[(number + turn) % len(keys)]]
        place = self.places[municipality]
        return Road(
            number=number,
            story=story,
            situation=situation,
            persona=persona(rng, situation, year=begins_at.year, place=place),
            municipality=municipality,
            reporter=rng.choice(self._reporters(story, municipality)),
            begins_at=begins_at,
        )

    def _reported_again(self, rng: Random, number: int, story: Story, first: Road) -> Road:
        """What somebody else reports some days later, about the same person."""
        days = rng.randint(*story.days_ago)
        others = [one for one in self._reporters(story, "") if one.id != first.reporter.id]
        return Road(
            number=number,
            story=story,
            situation=first.situation,
            persona=first.persona,
            municipality=first.municipality,
            reporter=rng.choice(others or [first.reporter]),
            begins_at=min(first.begins_at + timedelta(days=days), self.now),
        )

    def _reporters(self, story: Story, municipality: str) -> list[Person]:
        """Who may fill in the form that begins it: those of the place, else all."""
        known = self.colleagues.with_role(story.role)
        return known.get(municipality) or [one for people in known.values() for one in people]

    def _begin(self, rng: Random, story: Story, turn: int) -> datetime:
        """When it begins: those of one story are spread over its days."""
        latest, earliest = story.days_ago
        share = (turn + rng.random()) / max(story.share, turn + 1)
        day = self.now - timedelta(days=latest + (earliest - latest) * share)
        begins_at = self.pace.within(rng, day.date())
        return begins_at if begins_at < self.now else self.now - timedelta(minutes=10)


def _turns(cases: int) -> Iterator[tuple[Story, int]]:
    """Every story once, then those with a larger share again: a few cases show the most."""
    left, turn = cases, 0
    while left > 0:
        still = [story for story in content.stories() if story.share > turn]
        for story in (still or content.stories())[:left]:
            yield story, turn
            left -= 1
        turn += 1
