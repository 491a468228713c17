"""What was measured, beside what it should be."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One measurement.

    Attributes:
        shape: the database it was taken on, "" when that does not matter.
        name: what was measured.
        unit: "ms", "requests/s", "statements", or "x", a ratio to what `name` says.
        aim: the bound of DESIGN.md; None when there is none.
        at_least: whether the value should be above the aim and not below.
        exactly: whether it should be the aim and nothing else.
        must_hold: whether missing the aim is a failure and not a remark.
    """

    shape: str
    name: str
    value: float
    unit: str
    aim: float | None = None
    at_least: bool = False
    exactly: bool = False
    must_hold: bool = False

    @property
    def holds(self) -> bool:
        """Whether it is as it should be."""
        if self.aim is None:
            return True
        if self.exactly:
            return self.value == self.aim
        return self.value >= self.aim if self.at_least else self.value <= self.aim


def lines(figures: Sequence[Figure]) -> Iterator[str]:
    """A Markdown table: a row for each thing measured, a column for each database."""
    shapes = list(dict.fromkeys(figure.shape for figure in figures if figure.shape))
    by_name: dict[str, dict[str, Figure]] = {}
    for figure in figures:
        by_name.setdefault(figure.name, {})[figure.shape] = figure
    rows = [("measure", *shapes, "aim")]
    for name, cells in by_name.items():
        first = next(iter(cells.values()))
        shown = [cells.get(shape) or cells.get("") for shape in shapes]
        rows.append((name, *map(_cell, shown), _aim(first)))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for number, row in enumerate(rows):
        cells_of_row = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield f"| {' | '.join(cells_of_row)} |"
        if number == 0:
            yield f"|{'|'.join('-' * (width + 2) for width in widths)}|"


def _cell(figure: Figure | None) -> str:
    if figure is None:
        return "-"
    text = f"{_number(figure.value)} {figure.unit}"
    return text if figure.holds else f"**{text}**"


def _aim(figure: Figure) -> str:
    if figure.aim is None:
        return ""
    word = "exactly" if figure.exactly else "at least" if figure.at_least else "at most"
    return f"{word} {_number(figure.aim)}"


def _number(value: float) -> str:
    return f"{value:.0f}" if value == int(value) or value >= 100 else f"{value:.2f}"
