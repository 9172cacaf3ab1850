"""Cases: commands on them, and their events as the store has them."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID, uuid4

from casecore.app.application import Application
from casecore.app.command_context import CommandContext
from casecore.cases.commands import CaseAction, CaseCommand, OpenCase
from casecore.cases.refusals import CaseUnknown
from casecore.commands.batch import Answer
from casecore.contract.streams import case_stream_id
from casecore.contract.wire import StoredEvent
from casecore.visibility.cases import sees_case
from casecore.visibility.rules import Viewer

# Crockford's base 32: no letter that can be taken for a digit.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class OpenedCase(NamedTuple):
    """The case that a command opens, and the command's answer."""

    case: str
    answer: Answer


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
