"""What operators can ask about the quarantine: what is parked and why, and a key's records."""

from __future__ import annotations

from typing import Any

import msgspec

from casecore.api.questions.question import AnyQuestion, Asked, Question
from casecore.api.questions.shapes import shape_of, shaped
from casecore.app.application import Application
from casecore.app.engine_room.quarantine import (
    ParkedOfView,
    ParkedPlace,
    ParkedRecords,
    list_quarantine,
    look_at_parked,
)
from casecore.app.views import ViewUnknown
from casecore.http.cursors import Limit, cut_page, read_cursor
from casecore.http.problems import InvalidRequest
from casecore.identity.identity import Scope
from casecore.visibility.rules import Viewer

ListedParked = shape_of(ParkedOfView, name="ParkedKey")
ParkedRecordsAnswer = shape_of(ParkedRecords, name="ParkedRecords")


class QuarantineOf(Asked, frozen=True):
    """What is parked of one view, or of all."""

    view: str | None = None
    limit: Limit = 100
    cursor: str | None = None


class ParkedKeyOf(Asked, frozen=True):
    """Which key in a view's quarantine."""

    view: str
    key: str


class QuarantineAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Parked keys, by view and key; `next` is the cursor of the next page, null if there is none."""

    parked: list[ListedParked]  # type: ignore[valid-type]
    next: str | None


def quarantine(app: Application, viewer: Viewer, asked: QuarantineOf) -> QuarantineAnswer:
    """What is parked, with the record that stopped each key, and why."""
    after = read_cursor(asked.cursor, ParkedPlace) if asked.cursor else None
    try:
        found = list_quarantine(app, viewer, asked.view, after, asked.limit + 1)
    except ViewUnknown as unknown:
        raise InvalidRequest(str(unknown), "view") from None
    page = cut_page(found, asked.limit, lambda one: (one.view, one.key))
    rows: list[Any] = [shaped(one, ListedParked) for one in page.rows]
    return QuarantineAnswer(parked=rows, next=page.next)


def parked_key(app: Application, viewer: Viewer, asked: ParkedKeyOf) -> msgspec.Struct:
    """A parked key with its first records and their bodies, which may hold personal data."""
    found = look_at_parked(app, viewer, asked.view, asked.key)
    answer: msgspec.Struct = shaped(found, ParkedRecordsAnswer)
    return answer


QUESTIONS: tuple[AnyQuestion, ...] = (
    Question(
        "/v1/installation/quarantine",
        (Scope.OPERATOR,),
        QuarantineOf,
        QuarantineAnswer,
        quarantine,
        cursor=lambda answer: answer.next,
    ),
    Question(
        "/v1/installation/quarantine/{view}",
        (Scope.OPERATOR,),
        ParkedKeyOf,
        ParkedRecordsAnswer,
        parked_key,
    ),
)
