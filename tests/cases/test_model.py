"""Random commands: the case always agrees with a second, independent implementation of the rules."""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from typing import Any

import hypothesis.strategies as st
import msgspec
from hypothesis import given

from casecore.cases import commands as c
from casecore.cases.state import Case
from casecore.contract.cases import Audience
from casecore.contract.envelope import Role
from casecore.contract.types import EVENT_TYPES
from casecore.decider.command import GivenActor
from tests.cases.model import LEVEL_0_TOPICS, LEVEL_1_TOPICS, USE_TOPICS, ModelCase, Refused
from tests.cases.steps import START, VENDOR, CaseGiven, Step, step
from tests.cases.steps import given as given_case
from tests.profiles import fixed, scaled

ORGANISATIONS = ("practice", "reseller", VENDOR, "partner", "other-partner")
TOPICS = (*LEVEL_0_TOPICS, *LEVEL_1_TOPICS, *USE_TOPICS)
AGENTS = st.sampled_from(["sam", "vera", "paul"])

categories = st.sampled_from(["user_support", "technical_support"])


@st.composite
def topics(draw: st.DrawFn) -> dict[str, str]:
    """A topic with its category; seldom with the other one."""
    topic = draw(st.sampled_from(TOPICS))
    right = "user_support" if topic in USE_TOPICS else "technical_support"
    return {"topic": topic, "category": right if draw(st.integers(0, 9)) < 9 else draw(categories)}


partners = st.sampled_from([None, "partner", "partner", "other-partner"])

CONTENT: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "open": st.builds(
        lambda topic, seller, partner: {
            "customer": "practice",
            "seller": seller,
            "vendor": VENDOR,
            "partner": partner,
            **topic,
        },
        topics(),
        st.sampled_from(["reseller", "reseller", VENDOR]),
        partners,
    ),
    "take": st.fixed_dictionaries({"agent": st.none() | AGENTS}),
    "assign": st.fixed_dictionaries({"agent": AGENTS}),
    "escalate": st.just({}),
    "hand_back": st.just({}),
    "wait": st.just({}),
    "resume": st.just({}),
    "message": st.fixed_dictionaries(
        {"readers": st.just(()) | st.lists(st.sampled_from(ORGANISATIONS), max_size=2).map(tuple)}
    ),
    "priority": st.fixed_dictionaries({"priority": st.sampled_from(["low", "normal", "high", "urgent"])}),
    "reclassify": st.builds(lambda topic, partner: {**topic, "partner": partner}, topics(), partners),
    "effort": st.fixed_dictionaries({"minutes": st.integers(1, 1440)}),
    "resolve": st.just({}),
    "reopen": st.just({}),
    "close": st.just({}),
    "cancel": st.fixed_dictionaries({"reason": st.sampled_from([None, "No longer needed", "Twice"])}),
}
# What is likely to be allowed in a state: pure chance would seldom get a case beyond its first level.
AT_WORK = ("assign", "wait", "resume", "message", "effort", "resolve", "priority", "reclassify")
LIKELY = {
    "unknown": ("open",),
    "opened": ("take", "take", "take", "escalate", "reclassify", "message"),
    "reseller_l0": ("escalate", "escalate", *AT_WORK),
    "escalated_l1": ("hand_back", "hand_back", *AT_WORK),
    "partner_support": AT_WORK,
    "resolved": ("reopen", "reopen", "close", "message", "effort"),
    "closed": ("message", "effort"),
    "cancelled": ("message", "effort"),
}


def as_action(action: str, content: dict[str, Any]) -> c.PlainAction:
    """The command's action, read as it would be from JSON."""
    plain: dict[str, Any] = {"action": action, **content}
    plain.pop("vendor", None)
    if action == "message":
        audience = Audience.INTERNAL if content["readers"] else Audience.PUBLIC
        plain.update(text="Hello", audience=audience.value)
    if action == "resolve":
        plain.update(resolution_code="solved")
    read: c.PlainAction = msgspec.convert(plain, c.PlainAction)
    return read


@st.composite
def someone(draw: st.DrawFn, model: ModelCase, action: str) -> tuple[str, str]:
    """A role and an organisation: mostly one whose turn it is, else anyone."""
    own = {"system": VENDOR, **{role: of for role, of in model.parties.items() if of}}
    if action == "open" and not model.parties:
        own = {"customer": "practice", "system": VENDOR}
    if draw(st.integers(0, 5)) == 5:
        return draw(st.sampled_from([role.value for role in Role])), draw(st.sampled_from(ORGANISATIONS))
    likely = [role for role in (model.turn, "customer", "system") if role in own] or ["system"]
    role = draw(st.sampled_from([likely[0], *likely]))
    return role, own[role]


def play(data: st.DataObject, seen: Counter[str]) -> None:
    """A random sequence of commands, given to the case and to the model; `seen` counts what followed."""
    model, story, version, clock = ModelCase(), given_case(), 0, 0
    for _ in range(data.draw(st.integers(5, 30), label="commands")):
        if model.ended_at is not None and data.draw(st.booleans(), label="enough"):
            return
        likely = data.draw(st.integers(0, 3), label="likely") > 0
        action = data.draw(
            st.sampled_from(LIKELY[model.state] if likely else sorted(CONTENT)), label="action"
        )
        content = data.draw(CONTENT[action], label="content")
        role, organisation = data.draw(someone(model, action), label="actor")
        at = clock + data.draw(st.sampled_from([1, 0, 1, 5, 60, -1, -30]), label="later by")
        actor = GivenActor("x", organisation, Role(role))
        made = acted(story, step(actor, as_action(action, content)).at(at))
        assert made == model_acted(model, role, organisation, action, at, content)
        seen[str(made)] += 1
        version += made not in (None, "refused")
        clock = max(clock, at)
        assert version == model.events
        assert_agree(story.state, model)


@scaled(1.5)
@given(st.data())
def test_state_version_and_events_agree_with_the_model(data: st.DataObject) -> None:
    play(data, Counter())


def test_random_commands_reach_every_event_and_are_refused_too() -> None:
    """A property that reaches nothing shows nothing. The same commands each time leave no room for luck."""
    seen: Counter[str] = Counter()

    @fixed(150)
    @given(st.data())
    def play_the_same(data: st.DataObject) -> None:
        play(data, seen)

    play_the_same()
    # Rows are noted by imports only; policies and what becomes of them have tests of their own.
    of_cases = [t.struct for t in EVENT_TYPES.all if t.struct.__module__ == "casecore.contract.cases"]
    events = {struct.__name__ for struct in of_cases} - {"ActivityNoted"}
    assert set(seen) == events | {"refused", "None"}, seen


def acted(story: CaseGiven, done: Step) -> str | None:
    """What followed: the name of an event, "refused", or None."""
    events = story.attempt(done)
    if events is None:
        return "refused"
    assert story.decision.implied == 0
    assert len(events) <= 1
    return type(events[0]).__name__ if events else None


def model_acted(
    model: ModelCase, role: str, organisation: str, action: str, at: int, content: dict[str, Any]
) -> str | None:
    before = deepcopy(model)
    try:
        return model.act(role, organisation, action, at, content)
    except Refused:
        assert model == before
        return "refused"


def assert_agree(case: Case | None, model: ModelCase) -> None:
    """The case and the model agree."""
    if case is None:
        assert model.state == "unknown"
        return
    standing = case.standing
    waiting = standing.waiting_since
    actual = {
        "state": standing.state.value,
        "category": standing.category.value,
        "topic": standing.topic,
        "priority": standing.priority.value,
        "organisation": standing.organisation,
        "level": standing.level.value if standing.level else None,
        "agent": standing.agent,
        "waiting_since": None if waiting is None else (waiting - START).total_seconds() / 60,
        "partner": case.partner,
        "effort": case.effort_minutes,
        "moved_at": (case.changed_at - START).total_seconds() / 60,
        "ended": case.ended_at is not None,
    }
    expected = {name: getattr(model, name) for name in actual if name not in ("partner", "ended")}
    assert actual == {**expected, "partner": model.parties["partner"], "ended": model.ended_at is not None}
