"""An operation: a run that somebody asked for, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Literal
from uuid import UUID

import msgspec

from casecore.decider.command import GivenActor
from casecore.store.operations import StoredOperation

_INTERRUPTED = (
    "Its server ended before it did, and what it has done by then is stored: ask for it again with the same "
    "Idempotency-Key."
)

_read_actor = msgspec.json.Decoder(GivenActor).decode


class Failure(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why a run failed; `details` are the values that `detail` names."""

    code: str
    detail: str
    details: Mapping[str, str | tuple[str, ...]] = msgspec.field(default_factory=dict)


class Operation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An operation: what was asked for, and what became of it.

    `figures` are what it has done, as the command line prints it, and `needs_look` is whether something of it
    needs a look. `interrupted`: its server ended before it did; given again, it goes on where it was.
    `detail` says so. `person` asked for it, of the same organisation as whoever sees it.
    """

    operation: UUID
    status: Literal["running", "done", "failed", "interrupted"]
    asked: msgspec.Raw
    person: str
    started_at: datetime
    ended_at: datetime | None = None
    figures: msgspec.Raw | None = None
    needs_look: bool | None = None
    failure: Failure | None = None
    detail: str = ""


class _Done(msgspec.Struct):
    figures: msgspec.Raw
    needs_look: bool


def organisation_of(stored: StoredOperation) -> str:
    """Of which organisation whoever asked for it is."""
    return _read_actor(stored.given_by).organisation


def as_operation(stored: StoredOperation) -> Operation:
    """An operation as the store has it, for who may see it."""
    made = partial(
        Operation,
        operation=stored.id,
        asked=msgspec.Raw(stored.asked.encode()),
        person=_read_actor(stored.given_by).person,
        started_at=stored.started_at,
        ended_at=stored.ended_at,
    )
    outcome = stored.outcome
    if outcome is None:
        return made(status="running") if stored.goes_on else made(status="interrupted", detail=_INTERRUPTED)
    if stored.has_failed:
        return made(status="failed", failure=msgspec.json.decode(outcome, type=Failure))
    done = msgspec.json.decode(outcome, type=_Done)
    return made(status="done", figures=done.figures, needs_look=done.needs_look)
