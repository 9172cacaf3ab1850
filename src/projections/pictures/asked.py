"""Which cases and days a picture is of, and what is behind one of its figures."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

from casecore.errors.kinds import InvalidInput


class DaysMissing(InvalidInput):
    """A figure of several days is asked for without saying which: give a day, or since and until."""

    def __init__(self) -> None:
        super().__init__("day is missing: give one, or since and until for the figure of all of these days")


class PictureFilter(NamedTuple):
    """Which cases a picture is of, and of which days in Europe/Berlin; what is None does not matter.

    `organisation` is whose turn a case is or was last; where the rows of a picture name an organisation
    themselves (whose promise it is, who had the case, who did the work), it is that one. `since` and `until`
    are both included. Pictures of how it is now take no notice of them, but for the time that cases were
    held: it is of the cases opened on these days. `at` is the instant of now, the database's unless given.
    """

    organisation: str | None = None
    customer: str | None = None
    seller: str | None = None
    topic: str | None = None
    priority: str | None = None
    since: date | None = None
    until: date | None = None
    at: datetime | None = None


class Behind(NamedTuple):
    """Of which figure the cases are asked for.

    `figure` names a column of the picture's rows, and each of `keys` one with its value in the row, such as
    `Behind("came_in", {"day": date(2026, 3, 2)})`. Cases after the reference `after`, `limit` at most.
    """

    figure: str
    keys: dict[str, str | int | date | None]
    limit: int = 100
    after: str = ""


class CaseBehind(NamedTuple):
    """A case behind a figure, and how much of it is the case's: the figure is the sum of `times`."""

    reference: str
    customer: str
    seller: str
    topic: str
    priority: str
    state: str
    organisation: str
    agent: str | None
    opened_at: datetime
    times: int
