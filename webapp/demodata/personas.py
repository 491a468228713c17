"""Invented people: whom a case is about. Nobody has these names, numbers or addresses."""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from webapp.demodata.content import Language, Situation, languages

STREETS = (
    "Maanvarenhof",
    "Vuurvlinderpad",
    "Zevenbladweg",
    "Nevelkruid",
    "Wolkengras",
    "Bijvoetdijk",
)
CODE_WORDS = ("kersenbloesem", "dinsdagsoep", "blauwe fiets", "tante Roos", "warme trui")


@dataclass(frozen=True, slots=True)
class Persona:
    """Someone who does not exist.

    Attributes:
        words: what texts can say of them, by the name in braces.
    """

    words: Mapping[str, str]


def persona(rng: Random, situation: Situation, *, year: int, place: str) -> Persona:
    """Someone whom this situation may befall.

    Args:
        year: in which it happens.
        place: name of the municipality.
    """
    is_woman = rng.randrange(100) < situation.women
    language = languages()[rng.choice(situation.languages)]
    given, family = _name(rng, language, is_woman=is_woman)
    age = rng.randint(*situation.ages)
    words = {
        "voornaam": given,
        "naam": f"{given} {family}",
        "taal": language.name,
        "nationaliteit": language.nationality,
        "leeftijd": str(age),
        "leeftijdsgroep": _age_group(age),
        "minderjarig": "ja" if age < 18 else "nee",
        "geboortejaar": str(year - age),
        "geslacht": "v" if is_woman else "m",
        # A number that cannot be given out: behind 06 the first digit is never a 0.
        "telefoon": f"06 000{rng.randrange(100_000):05}",
        "codewoord": rng.choice(CODE_WORDS),
        "adres": f"{rng.choice(STREETS)} {rng.randint(1, 180)}",
        "gemeente": place,
        # No company has a number that begins like this.
        "kvk": f"0000{rng.randrange(10_000):04}",
        **(_HER if is_woman else _HIS),
    }
    more = {key: text.format_map(words) for key, text in situation.words.items()}
    return Persona({**words, **more})


_HER = {
    "zij": "zij",
    "Zij": "Zij",
    "haar": "haar",
    "zijn": "haar",
    "Zijn": "Haar",
    "vrouw": "vrouw",
}
_HIS = {"zij": "hij", "Zij": "Hij", "haar": "hem", "zijn": "zijn", "Zijn": "Zijn", "vrouw": "man"}


def _name(rng: Random, language: Language, *, is_woman: bool) -> tuple[str, str]:
    given = rng.choice(language.women if is_woman else language.men)
    family = rng.choice(language.families)
    return given, family.replace("*", "a" if is_woman else "")


def _age_group(age: int) -> str:
    for until, group in ((11, "0_11"), (15, "12_15"), (17, "16_17"), (22, "18_22"), (29, "23_29")):
        if age <= until:
            return group
    return "30_39" if age < 40 else "40_plus"
