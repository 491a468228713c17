"""Where the next page of a list begins, as its address says it."""

from datetime import UTC, datetime

Place = tuple[datetime, str]


def as_text(place: Place) -> str:
    """The place for an address."""
    return f"{place[0].isoformat()}~{place[1]}"


def place(text: str | None) -> Place | None:
    """What `as_text` wrote; None for the first page, and for what makes no sense."""
    at, _, key = (text or "").partition("~")
    try:
        moment = datetime.fromisoformat(at)
        return (moment.astimezone(UTC), key) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None
