"""Each refusal has its example, and says what would be right; what is not a command is not even refused."""

from __future__ import annotations

import re
from dataclasses import fields
from datetime import date
from typing import Any

import pytest

from casecore.cases import refusals
from casecore.cases.refusals import (
    AfterEnd,
    AlreadyEnded,
    AlreadySolved,
    BeforeOpening,
    CalendarTooShort,
    CancelReasonMissing,
    CaseAlreadyOpened,
    CaseMovedOn,
    CaseUnknown,
    CustomerWritesPublicly,
    DuplicateOfItself,
    IllegalMove,
    NotAtWork,
    NotPermitted,
    NotYourCase,
    OutOfOrder,
    PartnerMissing,
    PolicyNotForThisCase,
    PolicyNotInForce,
    PolicyOfAnother,
    PolicyUnknown,
    ReaderNotInvolved,
    ReadersMissing,
    ReadersOfPublicMessage,
    SenderIsAnother,
    TopicUnknown,
)
from casecore.contract.cases import (
    Audience,
    Priority,
    Sender,
)
from casecore.contract.envelope import Role
from casecore.contract.service_levels import Covers
from casecore.decider import refusal as general
from casecore.decider.command import GivenActor
from casecore.decider.refusal import Refusal
from tests.cases.promises import book, calendar, policy
from tests.cases.steps import (
    LEVEL_1_TOPIC,
    REFERENCE,
    SELLER,
    SELLERS_AGENT,
    USE_TOPIC,
    USER_SUPPORT,
    VENDORS_AGENT,
    CaseGiven,
    agent_writes,
    assert_unreadable,
    cancel,
    change_priority,
    close,
    customer_writes,
    escalate,
    given,
    minute,
    note,
    opened,
    opened_for_use,
    partner_takes,
    pin,
    reclassify,
    resolve,
    take,
    wait,
)

AT_LEVEL_0 = (opened(), take())
AT_LEVEL_1 = (opened(), take(), escalate())
WITH_PARTNER = (opened_for_use(), partner_takes())
RESOLVED = (*AT_LEVEL_0, resolve())
CLOSED = (*RESOLVED, close())
CANCELLED = (opened(), cancel())


@pytest.mark.parametrize(
    ("do", "reason"),
    [
        ({"action": "explode"}, "action|explode"),
        ({"action": "take", "agnet": "sam"}, "agnet"),
        ({"action": "assign"}, "agent"),
        ({"action": "assign", "agent": ""}, "agent"),
        ({"action": "assign", "agent": "sam\n"}, "agent"),
        ({"action": "assign", "agent": "a" * 101}, "agent"),
        ({"action": "message", "text": "x" * 20_001}, "text"),
        ({"action": "message", "text": "x", "audience": "internal", "readers": ["a"] * 11}, "readers"),
        ({"action": "resolve", "resolution_code": "magic"}, "resolution_code"),
        ({"action": "priority", "priority": "soon"}, "priority"),
        ({"action": "policy", "policy": "gold"}, "reason"),
        ({"action": "policy", "policy": "gold", "version": 0, "reason": "x"}, "version"),
        ({"action": "policy", "policy": " gold", "reason": "x"}, "policy"),
        ({"action": "service_level", "after_facts": 0, "note": {}}, "after_facts"),
        ({"action": "service_level", "after_facts": 1, "note": {"what": "met"}}, "met"),
        ({"action": "service_level", "after_facts": 1, "note": {"percnt": 5}}, "percnt"),
    ],
)
def test_what_is_not_a_command_is_unreadable(do: dict[str, Any], reason: str) -> None:
    assert_unreadable(do, reason)


LATER = policy("later", in_force_from=minute(10_000))
A_PARTNERS = policy("a-partners", Covers.PARTNER, organisation="elsewhere")
SHORT = policy("short", in_force_from=minute(10_000), calendar=calendar(first_on=date(2026, 3, 3)))

EXAMPLES: dict[type[Refusal], CaseGiven] = {
    CaseUnknown: given().when(take()),
    CaseAlreadyOpened: given(opened()).when(opened()),
    IllegalMove: given(opened()).when(resolve()),
    NotAtWork: given(opened()).when(wait()),
    AlreadySolved: given(*RESOLVED).when(reclassify(LEVEL_1_TOPIC)),
    AlreadyEnded: given(*CLOSED).when(change_priority(Priority.LOW)),
    NotPermitted: given(opened()).when(take().by(VENDORS_AGENT)),
    NotYourCase: given(opened()).when(close().by(GivenActor("x", SELLER, Role.CUSTOMER))),
    OutOfOrder: given(opened().at(0), take().at(10)).when(resolve().at(5)),
    BeforeOpening: given(opened().at(10)).when(customer_writes().at(5)),
    AfterEnd: given(*CANCELLED).when(customer_writes().at(500)),
    TopicUnknown: given().when(opened("tea")),
    PartnerMissing: given().when(opened(USE_TOPIC, USER_SUPPORT)),
    ReaderNotInvolved: given(opened()).when(agent_writes("x", "stranger")),
    ReadersMissing: given(opened()).when(customer_writes(audience=Audience.INTERNAL).by(SELLERS_AGENT)),
    ReadersOfPublicMessage: given(opened()).when(customer_writes(readers=(SELLER,)).by(SELLERS_AGENT)),
    CustomerWritesPublicly: given(opened()).when(customer_writes(readers=(SELLER,))),
    SenderIsAnother: given(*AT_LEVEL_0).when(customer_writes(sender=Sender.AGENT)),
    CancelReasonMissing: given(opened()).when(cancel(None)),
    DuplicateOfItself: given(opened()).when(cancel(None, REFERENCE)),
    PolicyUnknown: given(opened()).when(pin("gold")),
    PolicyNotInForce: given(opened(), book=book(LATER)).when(pin("later")),
    PolicyOfAnother: given(opened(), book=book(LATER)).when(pin("later", 1).by(SELLERS_AGENT)),
    PolicyNotForThisCase: given(opened(), book=book(A_PARTNERS)).when(pin("a-partners")),
    CalendarTooShort: given(opened(), book=book(SHORT)).when(pin("short", 1)),
    CaseMovedOn: given(opened(), take()).when(note("missed", after_facts=1)),
}

OF_CASES = {
    kind
    for kind in vars(refusals).values()
    if isinstance(kind, type) and issubclass(kind, Refusal) and kind.__module__ == refusals.__name__
}

# What the reader of each should do, or what would have been right.
ADVICE = re.compile(
    r"open (it|a)|choose|possible are|needs|allowed are|only that organisation|may be recorded late"
    r"|or a later one|these are|these may read|names the|leave `|name (it|the|a)|publish|only an agent"
    r"|evaluate it again"
)


def test_every_refusal_has_an_example() -> None:
    assert set(EXAMPLES) == OF_CASES


@pytest.mark.parametrize("kind", sorted(OF_CASES, key=str))
def test_a_refusal_is_a_sentence_that_says_what_would_be_right(kind: type[Refusal]) -> None:
    EXAMPLES[kind].then_refused(kind)
    refusal = EXAMPLES[kind].refusal
    assert refusal is not None
    said = str(refusal)
    assert "{" not in said
    assert "  " not in said
    assert "\n" not in said
    assert said.endswith((".", ": nothing")) or ":" in said
    assert ADVICE.search(said.lower()), f"it says what is wrong; does it say what would be right? {said}"
    for field in fields(refusal):
        assert f"{{{field.name}}}" in (kind.__doc__ or ""), f"{field.name} is not said"
        assert refusal.details[field.name] in said
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", refusal.code)


def test_refusals_are_distinguished_by_their_code() -> None:
    assert len({example.refusal.code for example in EXAMPLES.values() if example.refusal}) == len(EXAMPLES)
    assert IllegalMove("take", "closed", ()).code == "illegal_move"


def test_general_refusals_are_sentences_too() -> None:
    assert "used for another command" in str(general.CommandIdReused("7"))
    assert "lies after now" in str(general.OccurredInTheFuture("2030", "2026"))
    assert str(general.CommandMalformed("no {brace}")) == "The command cannot be read: no {brace}."
