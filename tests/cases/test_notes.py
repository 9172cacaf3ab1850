"""What the clocks say becomes a fact of the case: once, by the system only, and only as long as it holds."""

from __future__ import annotations

import msgspec
import pytest

from casecore.cases.commands import CaseCommand, NoteServiceLevel
from casecore.cases.refusals import BeforeOpening, CaseMovedOn, CaseUnknown, NotPermitted
from casecore.contract.cases import CaseCancelled, Level
from casecore.contract.service_levels import (
    Clock,
    PolicyPinned,
    ServiceLevelMissed,
    ServiceLevelMissWithdrawn,
    ServiceLevelWarned,
)
from casecore.decider.refusal import CommandMalformed
from tests.cases.promises import book, policy
from tests.cases.steps import (
    CUSTOMER,
    PARTNERS_AGENT,
    REFERENCE,
    SELLER,
    SELLERS_AGENT,
    VENDOR,
    VENDORS_AGENT,
    CaseGiven,
    assign,
    cancel,
    customer_writes,
    given,
    minute,
    note,
    opened,
    opened_for_use,
    pin,
    publishing,
    record_effort,
    take,
)


def at_work() -> CaseGiven:
    return given(opened(), take("sam"))


def test_a_miss_is_kept_once_however_often_it_is_found() -> None:
    story = at_work().when(note("missed", after_facts=2, due_at=minute(480)))
    story.then(
        ServiceLevelMissed, clock=Clock.RESOLUTION, number=1, target_seconds=28_800, due_at=minute(480)
    )
    story.when(note("missed", after_facts=2, due_at=minute(480))).then_nothing()
    story.when(note("missed", after_facts=2, due_at=minute(490), policy_version=2)).then_nothing()


def test_a_note_leaves_the_case_as_it_is() -> None:
    story = (
        at_work()
        .when(note("missed", after_facts=2))
        .then(ServiceLevelMissed, state="reseller_l0", agent="sam")
    )
    before = at_work().state
    after = story.state
    assert before is not None
    assert after is not None
    assert msgspec.structs.replace(after, noted=before.noted) == before


@pytest.mark.parametrize(
    "other",
    [
        {"clock": Clock.FIRST_RESPONSE},
        {"clock": Clock.NEXT_REPLY, "number": 2},
        {"clock": Clock.TIME_AT_LEVEL, "level": Level.LEVEL_0, "organisation": SELLER},
        {"clock": Clock.TIME_AT_LEVEL, "level": Level.LEVEL_1, "organisation": VENDOR},
    ],
    ids=str,
)
def test_the_notes_of_each_clock_are_told_apart(other: dict[str, object]) -> None:
    story = at_work().when(note("missed", after_facts=2))
    story.when(note("missed", after_facts=2, **other)).then(ServiceLevelMissed, **other)
    story.when(note("missed", after_facts=2, **other)).then_nothing()
    story.when(note("withdrawn", after_facts=2, **other)).then(ServiceLevelMissWithdrawn)
    # The first one is recorded still.
    story.when(note("missed", after_facts=2)).then_nothing()


def test_each_warning_is_kept_once_beside_the_miss() -> None:
    story = at_work().when(note("warned", after_facts=2, percent=50)).then(ServiceLevelWarned, percent=50)
    story.when(note("warned", after_facts=2, percent=80)).then(ServiceLevelWarned, percent=80)
    story.when(note("missed", after_facts=2)).then(ServiceLevelMissed)
    for percent in (50, 80):
        story.when(note("warned", after_facts=2, percent=percent)).then_nothing()


def test_a_miss_that_was_none_is_withdrawn_once_and_may_be_recorded_again() -> None:
    story = at_work().when(note("withdrawn", after_facts=2)).then_nothing()
    story.when(note("missed", after_facts=2)).then(ServiceLevelMissed)
    story.when(note("withdrawn", after_facts=2)).then(ServiceLevelMissWithdrawn)
    story.when(note("withdrawn", after_facts=2)).then_nothing()
    story.when(note("missed", after_facts=2)).then(ServiceLevelMissed)


def test_a_withdrawal_leaves_the_warnings() -> None:
    story = at_work().when(note("warned", after_facts=2)).when(note("missed", after_facts=2))
    story.when(note("withdrawn", after_facts=2)).then(ServiceLevelMissWithdrawn)
    story.when(note("warned", after_facts=2)).then_nothing()


def test_what_was_found_on_other_facts_is_refused() -> None:
    story = at_work().when(customer_writes()).when(note("missed", after_facts=2))
    story.then_refused(CaseMovedOn, facts=3, judged=2)
    at_work().when(note("missed", after_facts=3)).then_refused(CaseMovedOn, facts=2, judged=3)


def test_notes_are_no_facts_that_anything_is_found_on_and_all_else_is() -> None:
    story = given(
        opened(), take(), customer_writes(), record_effort(5), assign("sam"), book=book(policy("whole"))
    )
    # The opening brought a policy: so that is six.
    assert story.state is not None
    assert story.state.facts == 6
    for _ in range(2):
        story.when(note("warned", after_facts=6)).when(note("missed", after_facts=6))
        assert story.refusal is None
    story.related = publishing(book(policy("whole"), policy("other")))
    story.when(pin("other")).then(PolicyPinned)
    story.when(note("missed", after_facts=6)).then_refused(CaseMovedOn, facts=7)


def test_a_note_may_come_after_the_cases_end_and_about_long_before() -> None:
    story = given(opened(), take(), cancel().at(600)).when(note("missed", after_facts=3).at(480))
    story.then(ServiceLevelMissed, state="cancelled")
    given(opened(), take().at(60)).when(note("missed", after_facts=2).at(5)).then(ServiceLevelMissed)


def test_a_note_does_not_make_what_follows_come_out_of_order() -> None:
    story = at_work().when(note("missed", after_facts=2).at(5_000))
    story.when(cancel().at(100)).then(CaseCancelled)


def test_before_the_opening_and_of_no_case_there_is_nothing_to_note() -> None:
    given(opened().at(10)).when(note("missed", after_facts=1).at(9)).then_refused(BeforeOpening)
    given().when(note("missed", after_facts=1)).then_refused(CaseUnknown, case=REFERENCE)


@pytest.mark.parametrize("actor", [CUSTOMER, SELLERS_AGENT, VENDORS_AGENT, PARTNERS_AGENT], ids=str)
def test_only_the_system_notes(actor: object) -> None:
    story = given(opened_for_use()).when(note("missed", after_facts=1).by(actor))  # type: ignore[arg-type]
    story.then_refused(NotPermitted, action="service_level", allowed=("system",))


def test_a_warning_and_nothing_else_says_its_percent() -> None:
    at_work().when(note("warned", after_facts=2, percent=None)).then_refused(CommandMalformed)
    for what in ("missed", "withdrawn"):
        at_work().when(note(what, after_facts=2, percent=80)).then_refused(CommandMalformed)


def test_a_note_is_read_from_json_as_it_was_given() -> None:
    step = note("warned", after_facts=2, percent=50, level=Level.LEVEL_1, due_at=minute(5))
    assert isinstance(step.do, NoteServiceLevel)
    command = {"kind": "case", "command_id": "00000000-0000-0000-0000-000000000000", "case": REFERENCE}
    actor = {"person": "p", "organisation": "o", "role": "system"}
    given_command = {**command, "actor": actor, "do": msgspec.to_builtins(step.do)}
    assert msgspec.convert(given_command, CaseCommand).do == step.do
