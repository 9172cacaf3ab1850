"""What can be asked about the events of a case: its timeline."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from typing import Annotated

import msgspec

from casecore.api.questions.as_of import AskedAsOf, read_as_of
from casecore.api.questions.cases.cases import CaseName
from casecore.api.questions.question import AnyQuestion, Question
from casecore.app.application import Application
from casecore.app.seen.timeline import SeenEvent, look_at_timeline
from casecore.http.cursors import Limit
from casecore.identity.identity import Scope
from casecore.visibility.rules import Viewer

HIGHEST_VERSION = 2**53


class TimelineOf(AskedAsOf, frozen=True, kw_only=True):
    """Which case's timeline, as of when, and which page of it: the events after the version `cursor`."""

    case: CaseName
    cursor: Annotated[int, msgspec.Meta(ge=0, le=HIGHEST_VERSION)] = 0
    limit: Limit = 100


class CaseEventAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """An event of a case, and how the case stood after it.

    `changed` has each field that it changed with its value before and after, `body` the whole fact. Versions
    that are missing are those of events that the identity does not see.
    """

    version: int
    type: str
    occurred_at: datetime
    recorded_at: datetime
    person: str
    organisation: str
    role: str
    state: str
    level: str | None
    holder: str
    agent: str | None
    implied: bool
    source_activity: str | None
    internal: bool
    changed: msgspec.Raw
    body: msgspec.Raw


class Timeline(msgspec.Struct, frozen=True, kw_only=True):
    """Events of a case, in order. `next` is where the next page goes on, null if there is none.

    A page has fewer events than its `limit` where they are long: it ends after 1 MiB of them. With `at` or
    `recorded_by` it has those of its events that had happened and were known, which may be none.
    `version` is that of the last event that the identity sees; `names` are the other cases that the events
    name, of those that it sees.
    """

    case: str
    version: int
    events: list[CaseEventAnswer]
    names: tuple[str, ...]
    next: int | None


def timeline(app: Application, viewer: Viewer, asked: TimelineOf) -> Timeline:
    """What happened to a case, in order, page by page."""
    found = look_at_timeline(app, asked.case, viewer, asked.cursor, asked.limit, read_as_of(asked))
    return Timeline(
        case=asked.case,
        version=found.version,
        events=[_answer(one) for one in found.events],
        names=found.shown,
        next=found.goes_on_after,
    )


def _answer(seen: SeenEvent) -> CaseEventAnswer:
    event = seen.event._asdict()
    event |= {"changed": msgspec.Raw(seen.event.changed.encode()), "body": msgspec.Raw(seen.body)}
    return CaseEventAnswer(**{name: event[name] for name in CaseEventAnswer.__struct_fields__})


def _version(answer: Timeline) -> str:
    """What the answer depends on: the case's version, and which of the cases that it names are seen now."""
    if not answer.names:
        return str(answer.version)
    return f"{answer.version}-{sha256(msgspec.json.encode(answer.names)).hexdigest()[:16]}"


QUESTIONS: tuple[AnyQuestion, ...] = (
    Question(
        "/v1/cases/{case}/timeline",
        (Scope.AGENT,),
        TimelineOf,
        Timeline,
        timeline,
        version=_version,
        cursor=lambda answer: None if answer.next is None else str(answer.next),
    ),
)
