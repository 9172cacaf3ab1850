"""A row's time as an instant in UTC, by the mapping's format and time zone."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from casecore.imports.errors import MappingWrong, RowRejected


class Times:
    """Reads the times of one source."""

    def __init__(self, file: str, time_format: str | None, time_zone: str | None) -> None:
        self._format = time_format
        self._zone = _zone(file, time_zone)

    def read(self, text: str) -> datetime:
        """The instant in UTC; raises RowRejected for a text that says none.

        Without a format, ISO 8601. An hour that a zone has twice is read as the first of the two.
        """
        try:
            stated = datetime.strptime(text, self._format) if self._format else datetime.fromisoformat(text)  # noqa: DTZ007
        except ValueError as error:
            raise RowRejected(f"the time {text[:100]!r} cannot be read: {error}") from None
        try:
            return self._aware(stated, text).astimezone(UTC)
        except OverflowError:
            raise RowRejected(f"the time {text[:100]!r} lies outside of the years 1 to 9999") from None

    def _aware(self, stated: datetime, text: str) -> datetime:
        if stated.tzinfo is not None:
            return stated
        if self._zone is None:
            raise RowRejected(f"the time {text!r} has no offset, and the mapping no source.time_zone for it")
        aware = stated.replace(tzinfo=self._zone)
        if aware.astimezone(UTC).astimezone(self._zone).replace(tzinfo=None) != stated:
            raise RowRejected(f"the time {text!r} does not exist in {self._zone}: clocks were put forward")
        return aware


def _zone(file: str, name: str | None) -> tzinfo | None:
    if name is None or name == "UTC":  # UTC is known without a time zone database
        return None if name is None else UTC
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise MappingWrong(
            file,
            "source.time_zone",
            f"{name!r} is no time zone known here; take an IANA name such as Europe/Rome, or UTC",
        ) from None
