"""The specification finds what it is for: a made-up decider breaks each law, and a claim each `then`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from msgspec import Struct

from casecore.contract.buyers import BuyerHeld, BuyerReleased
from casecore.contract.envelope import EventData, Fact, Role
from casecore.contract.types import UnknownType
from casecore.decider.command import Command, GivenActor
from casecore.decider.decider import Context, Decider, Decision
from casecore.decider.refusal import FieldRefusal, Refusal
from tests.decider.laws import NO_ID
from tests.decider.spec import DeciderSpec, by

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
SYSTEM = GivenActor("nightly run", "vendor", Role.SYSTEM)
CLERK = GivenActor("kim", "vendor", Role.VENDOR)
STREAM, OTHER, HIDDEN = UUID(int=1), UUID(int=2), UUID(int=3)


class Hold(Command, frozen=True, kw_only=True, tag="hold"):
    """Hold the buyer in a country."""

    country: Any


class Countries(Struct):
    """Where the buyer is held; a state that can be changed, as no state of ours can."""

    held: list[str]


@dataclass
class NotThere(FieldRefusal):
    """country is {country}: name another one."""

    FIELD = "country"
    country: str


def decide(state: Countries | None, command: Hold, context: Context) -> Decision:
    if command.country == "XX":
        raise NotThere("XX")
    if state and command.country in state.held:
        return Decision(())
    return Decision((BuyerHeld(buyer="wien", country=command.country),))


def evolve(state: Countries | None, fact: Fact[EventData]) -> Countries:
    assert isinstance(fact.data, BuyerHeld)
    return Countries([*(state.held if state else ()), fact.data.country])


RIGHT = Decider[Countries, Hold](Hold, lambda _: STREAM, decide, evolve, lambda _: {OTHER: evolve})


def spec(**broken: Any) -> DeciderSpec[Countries, Hold]:
    """The specification of that decider, or of one with a broken part."""
    return DeciderSpec(replace(RIGHT, **broken), vendor="vendor", now=NOON)


def hold(country: Any) -> Hold:
    return Hold(command_id=NO_ID, actor=SYSTEM, country=country)


AT, CH = BuyerHeld(buyer="wien", country="AT"), BuyerHeld(buyer="wien", country="CH")


def test_what_follows_is_an_event_or_nothing_or_a_refusal() -> None:
    spec().given().when(hold("AT")).then(AT)
    spec().given().when(hold("AT")).then(BuyerHeld, buyer="wien", country="AT")
    assert spec().given().when(hold("AT")).then_one(BuyerHeld).country == "AT"
    spec().given(hold("AT")).when(hold("AT")).then_nothing()
    spec().given(AT).when(hold("AT")).then_nothing()
    spec().given(state=Countries(["AT"])).when(hold("AT")).then_nothing()
    spec().given().when(hold("XX")).then_refused(NotThere, "name another", country="XX", at_fault="country")


def test_a_stream_goes_on_after_each_command_and_a_refusal_leaves_it_as_it_was() -> None:
    stream = spec().given(AT).when(hold("CH"))
    stream.when(hold("XX")).then_refused(NotThere)
    assert stream.state == Countries(["AT", "CH"])
    assert stream.attempt(hold("XX")) is None
    assert stream.attempt(hold("DE")) == (BuyerHeld(buyer="wien", country="DE"),)
    with pytest.raises(NotThere):
        stream.accept(hold("XX"))
    with pytest.raises(NotThere):
        spec().given(hold("XX"))


def test_a_claim_that_is_not_so_fails() -> None:
    held, refused = spec().given().when(hold("AT")), spec().given().when(hold("XX"))
    claims: list[Callable[[], object]] = [
        lambda: held.then(CH),
        lambda: held.then(BuyerReleased),
        lambda: held.then(BuyerHeld, BuyerHeld),
        lambda: held.then(BuyerHeld, country="CH"),
        lambda: held.then_nothing(),
        lambda: held.then_refused(NotThere),
        lambda: refused.then(BuyerHeld),
        lambda: refused.then_nothing(),
        lambda: refused.then_refused(FieldRefusal),
        lambda: refused.then_refused(NotThere, "register it"),
        lambda: refused.then_refused(NotThere, country="AT"),
        # A refusal that nobody expected is not passed over.
        lambda: refused.when(hold("AT")),
    ]
    for claim in claims:
        with pytest.raises(AssertionError):
            claim()


def test_a_decider_sees_the_streams_that_it_names_and_who_acts_when() -> None:
    seen: list[tuple[Any, ...]] = []

    def look(_: Countries | None, command: Hold, context: Context) -> Decision:
        seen.append((dict(context.related_streams), command.actor, context.occurred_at, context.now))
        return Decision(())

    spec(decide=look).given(related={OTHER: "state", HIDDEN: "state"}).when(by(CLERK, hold("AT")))
    spec(decide=look).given().when(hold("AT"))
    assert seen[0] == ({OTHER: "state"}, CLERK, NOON, NOON)
    assert seen[-1] == ({OTHER: None}, SYSTEM, NOON, NOON)


# Each law, broken.


def test_a_decision_is_the_same_twice() -> None:
    numbers = count()
    twice = spec(decide=lambda *_: Decision((BuyerHeld(buyer=str(next(numbers)), country="AT"),)))
    with pytest.raises(AssertionError, match="decide has answered the same command in two ways"):
        twice.given().when(hold("AT"))


def test_a_decision_that_is_refused_every_other_time_is_found() -> None:
    numbers = count()

    def decide_by_mood(state: Countries | None, _: Hold, context: Context) -> Decision:
        return decide(state, hold(("XX", "AT")[next(numbers) % 2]), context)

    moody = spec(decide=decide_by_mood)
    with pytest.raises(AssertionError, match="decide has answered the same command in two ways"):
        moody.given().when(hold("AT"))


def test_a_decision_changes_neither_the_state_nor_a_related_stream() -> None:
    def tick(state: Countries | None, command: Hold, context: Context) -> Decision:
        (state or context.related_streams[OTHER]).held.append("AT")
        return Decision(())

    for given in ({"state": Countries([])}, {"related": {OTHER: Countries([])}}):
        with pytest.raises(AssertionError, match="decide has changed what it was given"):
            spec(decide=tick).given(**given).when(hold("AT"))


def test_a_refusal_changes_nothing_either() -> None:
    def spoil(state: Countries, command: Hold, context: Context) -> Decision:
        state.held.clear()
        raise NotThere("AT")

    with pytest.raises(AssertionError, match="decide has changed what it was given"):
        spec(decide=spoil).given(AT).when(hold("AT"))


def test_an_event_is_read_as_it_was_written() -> None:
    with pytest.raises(AssertionError, match="not the same when it is read again"):
        spec().given().when(hold(NOON))  # an instant, where the event has a text


class Unlisted(EventData, frozen=True):
    """An event that nobody can read."""


def test_an_event_is_in_the_table_of_types() -> None:
    with pytest.raises(UnknownType):
        spec(decide=lambda *_: Decision((Unlisted(),))).given().when(hold("AT"))


def test_the_same_fact_leads_to_the_same_state() -> None:
    numbers = count()
    with pytest.raises(AssertionError, match="evolve has made two states of the same fact"):
        spec(evolve=lambda *_: Countries([str(next(numbers))])).given().when(hold("AT"))


def test_a_new_state_leaves_the_one_before() -> None:
    def grow(state: Countries | None, fact: Fact[EventData]) -> Countries:
        state = state or Countries([])
        state.held[:] = ["AT"]
        return state

    with pytest.raises(AssertionError, match="evolve has changed the state before"):
        spec(evolve=grow).given(state=Countries([])).when(hold("AT"))


def test_a_new_state_leaves_those_that_were_made_of_other_facts() -> None:
    shared: list[str] = []

    def collect(state: Countries | None, fact: Fact[EventData]) -> Countries:
        shared.append("AT")
        return Countries(shared)

    with pytest.raises(AssertionError, match="evolve has changed a state that it made before"):
        spec(evolve=collect).given().when(hold("AT"))


def test_an_answer_leaves_those_that_were_given_before() -> None:
    shared: list[str] = []

    def collect(state: Countries | None, command: Hold, context: Context) -> Decision:
        shared.append("AT")
        return Decision((BuyerHeld(buyer="wien", country=shared),))  # type: ignore[arg-type]

    with pytest.raises(AssertionError, match="decide has changed an answer that it gave before"):
        spec(decide=collect).given().when(hold("AT"))


def test_a_fact_that_was_decided_is_evolved() -> None:
    def fail(state: Countries | None, fact: Fact[EventData]) -> Countries:
        raise LookupError("no such country")

    with pytest.raises(LookupError):
        spec(evolve=fail).given().when(hold("AT"))


@dataclass
class Wordless(Refusal):
    """"""


@dataclass
class Codeless(Refusal):
    """country is not there."""

    code = "refusal"


@dataclass
class Unfilled(Refusal):
    """country is {{country}}."""


@dataclass
class Vague(FieldRefusal):
    """That is not there."""

    FIELD = "country"


@pytest.mark.parametrize(
    ("refusal", "says"),
    [
        (Wordless(), "no text"),
        (Codeless(), "no code of its own"),
        (Unfilled(), "a placeholder"),
        (Vague(), "does not name country"),
    ],
)
def test_a_refusal_has_a_code_and_a_text_that_names_its_field(refusal: Refusal, says: str) -> None:
    def refuse(*_: object) -> Decision:
        raise refusal

    with pytest.raises(AssertionError, match=says):
        spec(decide=refuse).given().when(hold("AT"))


def test_a_law_of_one_domain_is_checked_after_each_event() -> None:
    def never_abroad(state: Countries, made: EventData) -> None:
        assert state.held == ["DE"], "abroad"

    home = replace(spec(), law=never_abroad)
    home.given().when(hold("DE")).then(BuyerHeld)
    with pytest.raises(AssertionError, match="abroad"):
        home.given(AT)
