"""What the clocks say of a case, kept as facts of its stream: once each, and only as long as it holds."""

from __future__ import annotations

from datetime import datetime
from typing import assert_never

from casecore.cases.commands import NoteServiceLevel, ServiceLevelNote
from casecore.cases.facts import event
from casecore.cases.refusals import BeforeOpening, CaseMovedOn, CaseUnknown
from casecore.cases.state import Case, Noted
from casecore.contract.service_levels import (
    ServiceLevelEvent,
    ServiceLevelMissed,
    ServiceLevelMissWithdrawn,
    ServiceLevelWarned,
)
from casecore.decider.refusal import CommandMalformed


def note_service_level(
    case: Case | None, reference: str, do: NoteServiceLevel, at: datetime
) -> ServiceLevelEvent | None:
    """The fact that a note becomes; None if it is recorded already, or there is nothing to withdraw.

    Raises CaseMovedOn if the case has other facts by now than those which the note was found on.
    """
    if case is None:
        raise CaseUnknown(reference)
    if do.after_facts != case.facts:
        raise CaseMovedOn(case.facts, do.after_facts)
    if at < case.opened_at:
        raise BeforeOpening(at.isoformat(), case.opened_at.isoformat())
    note = do.note
    if (note.percent is None) == (note.what == "warned"):
        raise CommandMalformed("a warning, and nothing else, says its percent")
    percent = note.percent if note.what == "warned" else None
    recorded = Noted(note.clock, note.level, note.organisation, note.number, percent) in case.noted
    if recorded == (note.what != "withdrawn"):
        return None
    return _event(case, note)


def _event(case: Case, note: ServiceLevelNote) -> ServiceLevelEvent:
    content = {
        "clock": note.clock,
        "level": note.level,
        "number": note.number,
        "policy_id": note.policy_id,
        "policy_version": note.policy_version,
        "organisation": note.organisation,
        "target_seconds": note.target_seconds,
        "due_at": note.due_at,
    }
    match note.what:
        case "warned":
            return event(ServiceLevelWarned, case, case.standing, percent=note.percent, **content)
        case "missed":
            return event(ServiceLevelMissed, case, case.standing, **content)
        case "withdrawn":
            return event(ServiceLevelMissWithdrawn, case, case.standing, **content)
        case _:
            assert_never(note.what)
