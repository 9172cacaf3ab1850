"""The quarantine for operators: what is parked of all views, one key with its records, and what is done."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import structlog

from casecore.app.application import Application
from casecore.app.engine_room.rights import check_operates
from casecore.app.views import find_view, retry_parked, skip_parked
from casecore.decider.command import GivenActor
from casecore.store.latest import stream_names
from casecore.visibility.rules import Viewer
from projections.catalogue import VIEWS
from projections.kit.errors import ViewMissing, ViewOutdated
from projections.kit.fold.records import RecordPlace
from projections.kit.quarantine.looking import ParkedRecord, parked_after, parked_records
from projections.kit.quarantine.quarantine import ParkedKey
from projections.kit.quarantine.retrying import Retried
from projections.kit.reading.session import open_session

MOST_RECORDS = 20
"""Records of a key that are shown with their bodies: some megabytes at most, and the first is what stops it.
"""

_log = structlog.get_logger(__name__)


class ParkedPlace(NamedTuple):
    """A key in a view's quarantine, after which a list goes on."""

    view: str
    key: str


class ParkedOfView(NamedTuple):
    """A key in a view's quarantine, by its first record; `records` counts it and all behind it.

    `name` is what people call it: a case, a package, a party; null where the store has no such stream.
    """

    view: str
    key: str
    name: str | None
    topic: str
    partition: int
    offset: int
    reason: str
    detail: str
    parked_at: datetime
    records: int


class RecordHeader(NamedTuple):
    """A header of a record."""

    name: str
    value: str | None


class ReadableRecord(NamedTuple):
    """A record in quarantine: where it is, why it is parked, and all that it holds.

    `body` is its value as text; of what is not text in UTF-8 it is `hex:` and its bytes.
    """

    topic: str
    partition: int
    offset: int
    reason: str
    detail: str
    parked_at: datetime
    headers: list[RecordHeader]
    body: str | None


class ParkedRecords(NamedTuple):
    """A key in a view's quarantine with its first records, in the order in which they are tried.

    They may hold personal data of anybody. `name` is what people call the key, null where it is no stream.
    """

    view: str
    key: str
    name: str | None
    records: list[ReadableRecord]


def list_quarantine(
    app: Application, viewer: Viewer | None, view: str | None, after: ParkedPlace | None, limit: int
) -> list[ParkedOfView]:
    """Parked keys, in order of view and key, at most so many after a place; of one view, or of all.

    A view that is not there has none. Raises InstallationNotYours, ViewUnknown, InvalidKey and
    DatabaseUnavailable.
    """
    check_operates(viewer)
    names = [find_view(view).name] if view else sorted(VIEWS)
    found: list[tuple[str, ParkedKey]] = []
    for name in names:
        if after is not None and name < after.view:
            continue
        begins_after = after.key if after is not None and name == after.view else None
        with suppress(ViewMissing, ViewOutdated):
            parked = app.ask(parked_after, VIEWS[name], begins_after, limit - len(found))
            found += [(name, one) for one in parked]
        if len(found) >= limit:
            break
    called = _names(app, [one.key for _, one in found])
    return [ParkedOfView(view=name, name=called.get(one.key), **one._asdict()) for name, one in found]


def look_at_parked(app: Application, viewer: Viewer | None, view: str, key: str) -> ParkedRecords:
    """A parked key, with its first records and all that they hold.

    Raises InstallationNotYours, ViewUnknown, NothingParked, InvalidKey, ViewMissing, ViewOutdated and
    DatabaseUnavailable.
    """
    check_operates(viewer)
    records = app.ask(parked_records, find_view(view), key, MOST_RECORDS)
    return ParkedRecords(view, key, _names(app, [key]).get(key), [_readable(one) for one in records])


def retry_as_operator(
    app: Application, viewer: Viewer | None, by: GivenActor, view: str, key: str | None
) -> list[Retried]:
    """Apply a view's parked records again, in order; of one key, or of all.

    Raises what `look_at_parked` raises.
    """
    check_operates(viewer)
    done = retry_parked(app, view, key)
    _log.info("quarantine_retried", view=view, key=key, keys=len(done), by=_named(by))
    return done


def skip_as_operator(
    app: Application,
    viewer: Viewer | None,
    by: GivenActor,
    parked: ParkedPlace,
    first: RecordPlace,
    because: str,
) -> Retried:
    """Leave the first parked record of a key out for good, and apply the rest; `because` and who decided so
    is kept with it.

    Raises NotFirstParked if the record is not the first one any more, KeyNewer, and what `look_at_parked`
    raises.
    """
    check_operates(viewer)
    done = skip_parked(app, parked.view, parked.key, f"{because} ({_named(by)})", first)
    _log.warning("quarantine_skipped", view=parked.view, key=parked.key, place=first, by=_named(by))
    return done


def _readable(record: ParkedRecord) -> ReadableRecord:
    return ReadableRecord(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        reason=record.reason,
        detail=record.detail,
        parked_at=record.parked_at,
        headers=[RecordHeader(name, _text(value)) for name, value in record.headers],
        body=_text(record.value),
    )


def _text(value: bytes | None) -> str | None:
    try:
        return None if value is None else value.decode()
    except UnicodeDecodeError:
        return f"hex:{value.hex()}" if value is not None else None


def _named(actor: GivenActor) -> str:
    return f"{actor.person} of {actor.organisation}"


def _names(app: Application, keys: list[str]) -> dict[str, str]:
    """What the streams with these keys are called, by key; a key that is not an id is of none."""
    ids: dict[UUID, str] = {}
    for key in keys:
        with suppress(ValueError):
            ids[UUID(key)] = key
    if not ids:
        return {}
    with open_session(app.database) as connection:
        found = stream_names(connection, list(ids))
    return {ids[stream_id]: name for stream_id, name in found.items()}
