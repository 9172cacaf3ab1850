"""In the role system only this program itself acts; another one that says so in JSON is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import msgspec
import pytest

from casecore.app.deciders import DECIDERS
from casecore.cases.commands import CancelCase, CaseAction, CaseCommand, OpenCase
from casecore.commands.admission import Admission, Admitted
from casecore.commands.batch import Answer, StreamState, decide_batch
from casecore.contract.cases import Category
from casecore.contract.envelope import Role
from casecore.decider.command import GivenActor
from casecore.decider.own_runs import BILLING_RUN
from casecore.decider.refusal import SystemRoleReserved
from casecore.store.records import Loaded, Receipt

NOW = datetime(2026, 3, 2, tzinfo=UTC)
IMPORTER = GivenActor(person="import:desk", organisation="desk", role=Role.SYSTEM)
OPENING = OpenCase(
    customer="praxis-ost", seller="nord", category=Category.TECHNICAL_SUPPORT, topic="activation"
)

admission = Admission(DECIDERS)


def given_by(actor: GivenActor, do: CaseAction, number: int = 1) -> CaseCommand:
    return CaseCommand(command_id=UUID(int=number), actor=actor, case="C-1", do=do)


def from_outside(command: CaseCommand) -> Admitted[CaseCommand]:
    return admission.admit_json(msgspec.json.encode(command))


def answered(
    admitted: Admitted[CaseCommand], streams: dict[UUID, StreamState] | None = None, *receipts: Receipt
) -> Answer | Exception:
    loaded = Loaded([], {receipt.command_id: receipt for receipt in receipts}, NOW)
    (answer,) = decide_batch([admitted], loaded, streams or {}, "vendor").answers
    return answer


def opened() -> dict[UUID, StreamState]:
    """The case of the importer, open."""
    admitted = admission.admit(given_by(IMPORTER, OPENING))
    return decide_batch([admitted], Loaded([], {}, NOW), {}, "vendor").streams


@pytest.mark.parametrize("actor", [IMPORTER, BILLING_RUN])
def test_another_program_that_says_it_is_the_system_cancels_nobodys_case(actor: GivenActor) -> None:
    cancelling = given_by(actor, CancelCase(reason="tried"), number=2)
    assert answered(from_outside(cancelling), opened()) == SystemRoleReserved(actor.organisation)
    # And this program itself may
    assert isinstance(answered(admission.admit(cancelling), opened()), Answer)


def test_what_another_program_stored_as_the_system_before_is_answered_as_it_was_then() -> None:
    admitted = from_outside(given_by(IMPORTER, OPENING))
    receipt = Receipt(UUID(int=1), admitted.content_hash, admitted.stream_id, 1, 1)
    answer = Answer(UUID(int=1), admitted.stream_id, 1, 1, repeated=True)
    assert answered(admitted, None, receipt) == answer
