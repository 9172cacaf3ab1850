"""A row of another help desk's log becomes exactly one event of its own, after the moves that it implies."""

from __future__ import annotations

from typing import Any

import hypothesis.strategies as st
import msgspec
import pytest
from hypothesis import given as for_all

from casecore.cases import commands as c
from casecore.cases.refusals import NotPermitted, TopicUnknown
from casecore.contract.cases import (
    ActivityNoted,
    CaseClosed,
    CaseOpened,
    CaseReopened,
    CaseResolved,
    CaseTaken,
    MessagePosted,
    Priority,
    WaitingStarted,
)
from casecore.contract.personal import Plain
from tests.cases.steps import (
    LEVEL_1_TOPIC,
    PARTNER,
    SELLERS_AGENT,
    VENDORS_AGENT,
    CaseGiven,
    Step,
    cancel,
    close,
    escalate,
    given,
    import_row,
    minute,
    opened,
    opened_for_use,
    partner_takes,
    resolve,
    take,
    wait,
)
from tests.profiles import scaled

TAKE, ESCALATE, WAIT = c.TakeCase(), c.EscalateCase(), c.WaitForCustomer()
HAND_BACK, REOPEN, CLOSE = c.HandBackCase(), c.ReopenCase(), c.CloseCase()
RESOLVE = c.ResolveCase(resolution_code="solved")
CANCEL = c.CancelCase(reason="Twice")
ASSIGN = c.AssignCase(agent="sam")
MESSAGE = c.PostMessage(text="Hello")
URGENT = c.ChangePriority(priority=Priority.URGENT)
OPENING = opened().do

AT_LEVEL_0 = (opened(), take())
AT_LEVEL_1 = (*AT_LEVEL_0, escalate())
RESOLVED = (*AT_LEVEL_0, resolve())
RESOLVED_AT_1 = (*AT_LEVEL_1, resolve().by(VENDORS_AGENT))
CLOSED = (*RESOLVED, close())


def made_of(imported: CaseGiven) -> list[str]:
    """What followed, with the implied moves in brackets."""
    assert imported.refusal is None, imported.refusal
    implied = imported.decision.implied
    names = [type(made).__name__ for made in imported.decision.events]
    return [f"({name})" if place < implied else name for place, name in enumerate(names)]


# History, what the row may be, and what follows. Brackets mark what no row states.
TABLE: list[tuple[str, tuple[Step, ...], tuple[c.PlainAction, ...], str]] = [
    ("first row opens", (), (OPENING,), "CaseOpened"),  # type: ignore[list-item]
    ("taken as it is", (opened(),), (TAKE,), "CaseTaken"),
    ("taken before it was opened", (), (TAKE,), "(CaseOpened) CaseTaken"),
    ("resolved before it was taken", (opened(),), (RESOLVE,), "(CaseTaken) CaseResolved"),
    ("resolved before it was opened", (), (RESOLVE,), "(CaseOpened) (CaseTaken) CaseResolved"),
    ("resolved twice", RESOLVED, (RESOLVE,), "(CaseReopened) CaseResolved"),
    ("waits before it was taken", (opened(),), (WAIT,), "(CaseTaken) WaitingStarted"),
    ("waits after it was resolved", RESOLVED, (WAIT,), "(CaseReopened) WaitingStarted"),
    ("waits twice in a row", (*AT_LEVEL_0, wait()), (WAIT,), "ActivityNoted"),
    ("assigned after it was resolved", RESOLVED, (ASSIGN,), "(CaseReopened) CaseAssigned"),
    ("escalated before it was taken", (opened(),), (ESCALATE,), "(CaseTaken) CaseEscalated"),
    ("level 1 topic", (opened(LEVEL_1_TOPIC),), (ESCALATE,), "CaseEscalated"),
    ("escalated after it was resolved", RESOLVED, (ESCALATE,), "(CaseReopened) CaseEscalated"),
    (
        "reopened there",
        (*AT_LEVEL_1, resolve().by(import_row().actor)),
        (HAND_BACK,),
        "(CaseReopened) CaseHandedBack",
    ),
    ("escalated twice", AT_LEVEL_1, (ESCALATE,), "ActivityNoted"),
    ("handed back from level 0", AT_LEVEL_0, (HAND_BACK,), "ActivityNoted"),
    ("closed at level 0", AT_LEVEL_0, (CLOSE,), "(CaseResolved) CaseClosed"),
    ("closed at level 1", AT_LEVEL_1, (CLOSE,), "(CaseResolved) CaseClosed"),
    ("closed first", (), (CLOSE,), "(CaseOpened) (CaseTaken) (CaseResolved) CaseClosed"),
    ("closed after it was resolved", RESOLVED, (CLOSE,), "CaseClosed"),
    ("closed twice", CLOSED, (CLOSE,), "ActivityNoted"),
    ("nothing follows an end", CLOSED, (RESOLVE, TAKE, REOPEN, ASSIGN), "ActivityNoted"),
    ("cancelled is an end too", (opened(), cancel()), (RESOLVE, CLOSE), "ActivityNoted"),
    ("cancelled after it was resolved", RESOLVED, (CANCEL,), "(CaseReopened) CaseCancelled"),
    ("reopened where it was not resolved", AT_LEVEL_0, (REOPEN,), "ActivityNoted"),
    ("taken after it was resolved", RESOLVED, (TAKE,), "ActivityNoted"),
    ("a note by its mapping", AT_LEVEL_0, (), "ActivityNoted"),
    ("a note first", (), (), "(CaseOpened) ActivityNoted"),
    ("a change that is none", (opened(priority=Priority.URGENT),), (URGENT,), "ActivityNoted"),
    ("a message needs no move", RESOLVED, (MESSAGE,), "MessagePosted"),
    ("user support is taken by the partner", (opened_for_use(),), (RESOLVE,), "(CaseTaken) CaseResolved"),
    # What is legal comes before what is implied, whatever the order; else the first in order.
    ("legal before implied", RESOLVED, (RESOLVE, CLOSE), "CaseClosed"),
    ("first legal", AT_LEVEL_0, (TAKE, ASSIGN, ESCALATE), "CaseAssigned"),
    ("first implied", RESOLVED, (TAKE, ASSIGN, RESOLVE), "(CaseReopened) CaseAssigned"),
    ("what changes nothing makes no event", (opened(), take("sam")), (ASSIGN, RESOLVE), "CaseResolved"),
]


@pytest.mark.parametrize(
    ("history", "attempts", "expected"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_a_row_becomes_the_first_event_that_is_legal_or_can_be_made_so(
    history: tuple[Step, ...], attempts: tuple[c.PlainAction, ...], expected: str
) -> None:
    assert made_of(given(*history).when(import_row(*attempts))) == expected.split()


def test_an_implied_resolution_says_that_nobody_stated_how() -> None:
    imported = given(*AT_LEVEL_0).when(import_row(CLOSE))
    resolved, closed = imported.decision.events
    assert isinstance(resolved, CaseResolved)
    assert resolved.resolution_code == "unstated"
    assert isinstance(closed, CaseClosed)


def test_an_implied_reopening_goes_to_the_level_that_resolved() -> None:
    resolved_by_partner = given(opened_for_use(), partner_takes(), resolve().by(partner_takes().actor))
    resolved_by_partner.when(import_row(WAIT)).then(CaseReopened, WaitingStarted, state="partner_support")


def test_a_note_leaves_the_case_as_it_is_whenever_it_happened() -> None:
    before = given(opened().at(10), take().at(20), wait().at(30))
    case = before.state
    assert case is not None
    before.when(import_row().at(5)).then(ActivityNoted, state="reseller_l0", waiting_since=minute(30))
    assert before.state is not None
    assert msgspec.structs.replace(before.state, facts=case.facts) == case


def test_a_row_out_of_order_is_kept_as_a_note() -> None:
    given(opened().at(10), take().at(20)).when(import_row(RESOLVE).at(15)).then(ActivityNoted)
    given(opened().at(10), take().at(20)).when(import_row(MESSAGE).at(15)).then(MessagePosted)
    given(opened().at(10), take().at(20)).when(import_row(MESSAGE).at(5)).then(ActivityNoted)


def test_rows_at_the_same_instant_are_in_order() -> None:
    given(opened().at(10), take().at(20)).when(import_row(RESOLVE).at(20)).then(CaseResolved)


def test_the_row_is_kept_with_its_own_words() -> None:
    step = import_row(
        RESOLVE,
        name="desk",
        case="Case 7",
        place=3,
        activity="RESOLVED",
        resource="Value 2",
        attributes={"product": "viewer", "contact": "Dr. B."},
        personal=("contact",),
    )
    source = given(opened()).when(step).decision.source
    assert source is not None
    assert (source.name, source.case, source.place, source.activity) == ("desk", "Case 7", 3, "RESOLVED")
    assert source.resource == Plain("Value 2")
    assert source.attributes == {"product": "viewer", "contact": Plain("Dr. B.")}


def test_a_resource_that_is_no_person_is_kept_openly() -> None:
    step = import_row(resource="Desk 4", resource_is_personal=False)
    source = given(opened()).when(step).decision.source
    assert source is not None
    assert source.resource == "Desk 4"


def test_a_case_that_cannot_be_opened_is_refused_and_not_noted() -> None:
    opening = opened("tea").do
    assert isinstance(opening, c.OpenCase)
    given().when(import_row(TAKE, opening=opening)).then_refused(TopicUnknown)
    given().when(import_row(opening=opening)).then_refused(TopicUnknown)


def test_only_the_system_imports() -> None:
    given(opened()).when(import_row(TAKE).by(SELLERS_AGENT)).then_refused(NotPermitted, allowed=("system",))


def test_an_import_is_not_imported_and_attempts_are_few() -> None:
    row: dict[str, Any] = {
        "action": "import",
        "source": {"name": "n", "case": "c", "place": 1, "activity": "a"},
        "opening": msgspec.to_builtins(OPENING),
        "attempts": [{"action": "take"}] * 8,
    }
    assert msgspec.convert(row, c.ImportActivity)
    for attempts in ([{"action": "take"}] * 9, [{**row, "attempts": []}]):
        with pytest.raises(msgspec.ValidationError, match="attempts"):
            msgspec.convert({**row, "attempts": attempts}, c.ImportActivity)


ANY = st.sampled_from(
    [
        OPENING,
        TAKE,
        ESCALATE,
        HAND_BACK,
        WAIT,
        c.ResumeCase(),
        REOPEN,
        CLOSE,
        RESOLVE,
        CANCEL,
        ASSIGN,
        MESSAGE,
        URGENT,
    ]
)
MOVES_A_LOG_LEAVES_OUT = (CaseOpened, CaseTaken, CaseReopened, CaseResolved)
OPENINGS = st.sampled_from([opened(), opened(LEVEL_1_TOPIC, partner=PARTNER), opened_for_use()])
ROWS = st.lists(st.tuples(st.lists(ANY, max_size=3), st.integers(-2, 5)), min_size=1, max_size=15)


@scaled(2)
@for_all(OPENINGS, ROWS)
def test_whatever_a_log_holds_each_row_has_one_event_and_only_named_moves_are_implied(
    opening: Step, rows: list[tuple[list[Any], int]]
) -> None:
    story = given()
    clock = 0
    for attempts, later in rows:
        clock += later
        step = import_row(*attempts, opening=opening.do)  # type: ignore[arg-type]
        decision = story.when(step.at(clock)).decision
        assert len(decision.events) == decision.implied + 1
        assert decision.source is not None
        assert all(isinstance(event, MOVES_A_LOG_LEAVES_OUT) for event in decision.events[:-1])
        assert decision.implied <= 3
        if any(isinstance(event, CaseResolved) for event in decision.events[:-1]):
            assert isinstance(decision.events[-1], CaseClosed)
