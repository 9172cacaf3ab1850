"""A key in quarantine: its records with their bodies, and the forms that try it again or leave one out."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import quote, urlencode

import msgspec

from casecore.app.engine_room.quarantine import ReadableRecord, look_at_parked
from casecore.identity.identity import Scope
from casecore.web.pages.page import AnyPage, Look, PageAsked, Shown, SitePage

_MOST_CHARACTERS = 20_000


class ParkedOf(PageAsked, frozen=True):
    """Which key of which view; `released` and `remain` are what a retry has just done."""

    view: str
    key: str
    released: int | None = None
    remain: int = 0


class ShownRecord(NamedTuple):
    """A record, and its body as it is read; `is_cut`: the body is longer than what is shown."""

    record: ReadableRecord
    body: str
    is_cut: bool


class ParkedPage(NamedTuple):
    """A key in quarantine, `first` its record that stopped it."""

    view: str
    key: str
    name: str | None
    first: ReadableRecord
    records: list[ShownRecord]
    released: int | None
    remain: int


def load_parked(look: Look, asked: ParkedOf) -> Shown:
    """A key in quarantine as it is now."""
    found = look_at_parked(look.app, look.viewer, asked.view, asked.key)
    return Shown(
        title=found.name or found.key,
        content=ParkedPage(
            view=found.view,
            key=found.key,
            name=found.name,
            first=found.records[0],
            records=[_shown(one) for one in found.records],
            released=asked.released,
            remain=asked.remain,
        ),
        api=f"/v1/installation/quarantine/{quote(found.view)}?{urlencode({'key': found.key})}",
    )


def parked_path(view: str, key: str, **more: int) -> str:
    """Where the page of a key is."""
    return f"/engine-room/quarantine/{quote(view, safe='')}?{urlencode({'key': key, **more})}"


def _shown(record: ReadableRecord) -> ShownRecord:
    body = _indented(record.body or "")
    return ShownRecord(record, body[:_MOST_CHARACTERS], len(body) > _MOST_CHARACTERS)


def _indented(body: str) -> str:
    """JSON with a member a line; anything else as it is."""
    try:
        msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return body
    return msgspec.json.format(body, indent=2)


PAGES: tuple[AnyPage, ...] = (
    SitePage(
        "/engine-room/quarantine/{view}",
        "engine_room",
        (Scope.OPERATOR,),
        ParkedOf,
        "parked.html",
        load_parked,
    ),
)
