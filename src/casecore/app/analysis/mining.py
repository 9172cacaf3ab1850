"""Mining a history at a door: from the store or an export, by day of opening, as rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from casecore.analysis.mining.questions import By, Opened
from casecore.analysis.selection import Selection
from casecore.app.analysis.libraries import analysis_libraries
from casecore.app.application import Application
from casecore.app.views import cores_or

if TYPE_CHECKING:
    from casecore.analysis.mining.handovers import HandoverRow, PingPongCase, PingPongRow
    from casecore.analysis.mining.paths import FollowsRow, VariantRow
    from casecore.analysis.mining.waits import WaitRow
    from casecore.analysis.queries import Events

RowT = TypeVar("RowT")
_BERLIN = ZoneInfo("Europe/Berlin")
_ONE_DAY = timedelta(days=1)


class MinedHistory(NamedTuple):
    """Which history: of the store, or of an export in a folder; of a store, with pseudonyms or with names."""

    folder: Path | None = None
    personal: bool = False
    processes: int | None = None
    on_progress: Callable[[float], None] = lambda _: None


class MinedEvents(NamedTuple):
    """The events, and the cases that are not among them, since only a newer program can read them."""

    events: Events
    left_out: tuple[str, ...]


class Mined(NamedTuple, Generic[RowT]):
    """What was mined, and the cases that do not count in it, since only a newer program can read them."""

    rows: list[RowT]
    left_out: tuple[str, ...]


def opened_on(since: date | None, until: date | None) -> Opened:
    """The cases that were opened from a day on until another one, which counts, in Europe/Berlin."""
    last = None if until is None or until == date.max else _begins(until + _ONE_DAY)
    return Opened(None if since is None else _begins(since), last)


def _begins(day: date) -> datetime:
    return datetime.combine(day, time(), _BERLIN)


def follows(
    app: Application, history: MinedHistory, by: By, opened: Opened, implied: bool
) -> Mined[FollowsRow]:
    """What follows what directly. Raises as `events_of`, as all questions here do."""
    found = events_of(app, history)
    from casecore.analysis.mining.paths import FollowsRow, directly_follows

    return Mined(_rows(FollowsRow, directly_follows(found.events, by, opened, implied)), found.left_out)


def paths(
    app: Application, history: MinedHistory, by: By, opened: Opened, implied: bool
) -> Mined[VariantRow]:
    """The paths that cases take."""
    found = events_of(app, history)
    from casecore.analysis.mining.paths import VariantRow, variants

    return Mined(_rows(VariantRow, variants(found.events, by, opened, implied)), found.left_out)


def hand_overs(app: Application, history: MinedHistory, by: By, opened: Opened) -> Mined[HandoverRow]:
    """Who hands cases to whom. Raises NotHandedOver, too."""
    found = events_of(app, history)
    from casecore.analysis.mining.handovers import HandoverRow, handovers

    return Mined(_rows(HandoverRow, handovers(found.events, by, opened)), found.left_out)


def there_and_back(
    app: Application, history: MinedHistory, by: By, opened: Opened
) -> tuple[Mined[PingPongRow], Mined[PingPongCase]]:
    """Between whom cases go there and back, and which cases. Raises NotHandedOver, too."""
    found = events_of(app, history)
    from casecore.analysis.mining.handovers import PingPongCase, PingPongRow, ping_pong, ping_pong_cases

    pairs = _rows(PingPongRow, ping_pong(found.events, by, opened))
    cases = _rows(PingPongCase, ping_pong_cases(found.events, by, opened))
    return Mined(pairs, found.left_out), Mined(cases, found.left_out)


def where_time_goes(
    app: Application, history: MinedHistory, by: By, opened: Opened, at: datetime | None, implied: bool
) -> Mined[WaitRow]:
    """How long cases were where."""
    found = events_of(app, history)
    from casecore.analysis.mining.waits import WaitRow, waits

    return Mined(_rows(WaitRow, waits(found.events, by, opened, at, implied)), found.left_out)


def events_of(app: Application, history: MinedHistory) -> MinedEvents:
    """The events of a history: an export's files as they are, or the store read by a pool of processes.

    Raises ExtraMissing, and ExportUnreadable, or DatabaseUnavailable, TablesMissing and StreamUnreadable.
    """
    with analysis_libraries():
        import duckdb  # noqa: F401  # what is asked of the events needs it

        from casecore.analysis.snapshot.reading import open_snapshot
        from casecore.analysis.sources import AsKnown, store_source, whole_table
        from casecore.analysis.tables.catalogue import EVENTS
    if history.folder is not None:
        snapshot = open_snapshot(history.folder)
        return MinedEvents(snapshot.folder / EVENTS, snapshot.left_out)
    source = store_source(app.database, Selection(personal=history.personal))
    when = AsKnown(source.last_at)
    found = whole_table(source, EVENTS, when, cores_or(history.processes), history.on_progress)
    return MinedEvents(found.table, found.left_out)


def _rows(row: Callable[..., RowT], table: Any) -> list[RowT]:
    return [row(**one) for one in table.to_pylist()]
