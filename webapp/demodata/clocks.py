"""A clock that is put to a moment, for whoever plays through the past."""

from datetime import datetime


class SetClock:
    """Stands where it was put until it is put elsewhere."""

    def __init__(self, moment: datetime) -> None:
        self._moment = moment

    def now(self) -> datetime:
        """The moment it was put to."""
        return self._moment

    def put(self, moment: datetime) -> None:
        """Put it to a moment; never back, for what was done stays done."""
        self._moment = max(self._moment, moment)
