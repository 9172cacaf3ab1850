"""Cases: commands on them, and how they are, as new as one's own last command."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID, uuid4

from casecore.app.application import Application
from casecore.app.command_context import CommandContext
from casecore.app.freshness.result import Freshness
from casecore.app.views import find_view, has_folded
from casecore.cases.commands import CaseAction, CaseCommand, OpenCase
from casecore.cases.refusals import CaseUnknown
from casecore.commands.batch import Answer
from casecore.contract.streams import case_stream_id
from casecore.contract.wire import StoredEvent
from casecore.visibility.cases import sees_case
from casecore.visibility.rules import Viewer
from projections.kit.reading.stream_in_view import stream_in_view
from projections.timeline.queries import TimelineEvent, timeline_of
from projections.workload.queries import find_case
from projections.workload.tables import CaseRow

# Crockford's base 32: no letter that can be taken for a digit.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class OpenedCase(NamedTuple):
    """The case that a command opens, and the command's answer."""

    case: str
    answer: Answer


class CaseLook(NamedTuple):
    """A case as the views have it; `fresh` is whether they have come as far as the store."""

    row: CaseRow | None
    timeline: list[TimelineEvent]
    fresh: bool


def reference_of(command_id: UUID) -> str:
    """A reference for the case that a command opens: 40 bits of its id, as two groups of four characters.

    So the command given twice opens the same case. Of a random UUID, these bits are random.
    """
    bits = int.from_bytes(sha256(command_id.bytes).digest()[:5], "big")
    drawn = "".join(_ALPHABET[bits >> shift & 31] for shift in range(35, -1, -5))
    return f"C-{drawn[:4]}-{drawn[4:]}"


def act_on_case(app: Application, case: str, do: CaseAction, context: CommandContext) -> Answer:
    """Give a command on a case and wait; raises its Refusal, and DatabaseUnavailable."""
    return app.give(CaseCommand(case=case, do=do, **context.header()))


def open_case(app: Application, do: OpenCase, context: CommandContext, case: str | None = None) -> OpenedCase:
    """Open a case and wait; without a reference, it follows from the command's id.

    Raises the command's Refusal, and DatabaseUnavailable.
    """
    own_id = context.command_id or uuid4()
    reference = case or reference_of(own_id)
    return OpenedCase(reference, act_on_case(app, reference, do, context._replace(command_id=own_id)))


def stored_in_pieces(app: Application, case: str, viewer: Viewer | None) -> Iterator[StoredEvent]:
    """A case's events as the store has them, in bounded memory, also those that a viewer of the case does not
    see.

    A case that the viewer does not see is as one that is not there, also in how long the look takes. Raises
    CaseUnknown, at the end where the viewer sees it no more by then; TablesMissing and DatabaseUnavailable.
    """
    stream_id = case_stream_id(case)
    last = app.log.last_of(stream_id)
    if sees_case(viewer, last.body if last else None):
        for last in app.log.stream_in_pieces(stream_id):
            yield last
    if not sees_case(viewer, last.body if last else None):
        raise CaseUnknown(case)


def stored_events(app: Application, case: str) -> list[StoredEvent]:
    """A case's events as the store has them; raises CaseUnknown, TablesMissing and DatabaseUnavailable."""
    return list(stored_in_pieces(app, case, None))


def look_at_case(app: Application, case: str, most_events: int) -> CaseLook:
    """A case and its timeline, once the views have come as far as the store, or after a few seconds.

    Raises CaseUnknown, ViewMissing, ViewOutdated, KeyParked and DatabaseUnavailable.
    """
    fresh = is_folded(app, stored_events(app, case), ("workload", "timeline"))
    return CaseLook(app.ask(find_case, case), app.ask(timeline_of, case, limit=most_events), fresh)


def is_folded(app: Application, stored: list[StoredEvent], views: Iterable[str]) -> bool:
    """Whether these views have folded all of a stream's events, or do so within a few seconds.

    An answer about this stream is as new as that, whatever else a view lacks.
    """
    last, asked = stored[-1], tuple(views)
    in_time = all(has_folded(app, view, last.stream_id, last.version) for view in asked)
    for view in asked:
        found = Freshness(last.recorded_at, 0) if in_time else _freshness_of(app, stored, view)
        app.freshness.know(view, found)
    return in_time


def _freshness_of(app: Application, stored: list[StoredEvent], view: str) -> Freshness:
    """How new a view's answer about a stream is."""
    last = stored[-1]
    found = app.ask(stream_in_view, find_view(view), last.stream_id, 1, last.version)
    left_out = {record.version for record in found.skipped if record.version > found.version}
    as_of = stored[found.version - 1].recorded_at if found.version else None
    return Freshness(as_of, max(0, last.version - found.version - len(left_out)))
