"""An operation: a run that somebody asked for, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
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
    asked, outcome = msgspec.Raw(stored.asked.encode()), stored.outcome
    person = _read_actor(stored.given_by).person
    if outcome is None:
        status: Literal["running", "interrupted"] = "running" if stored.goes_on else "interrupted"
        return Operation(
            operation=stored.id,
            status=status,
            asked=asked,
            person=person,
            started_at=stored.started_at,
            detail="" if stored.goes_on else _INTERRUPTED,
        )
    if stored.has_failed:
        return Operation(
            operation=stored.id,
            status="failed",
            asked=asked,
            person=person,
            started_at=stored.started_at,
            ended_at=stored.ended_at,
            failure=msgspec.json.decode(outcome, type=Failure),
        )
    done = msgspec.json.decode(outcome, type=_Done)
    return Operation(
        operation=stored.id,
        status="done",
        asked=asked,
        person=person,
        started_at=stored.started_at,
        ended_at=stored.ended_at,
        figures=done.figures,
        needs_look=done.needs_look,
    )
