"""Every pair of state and trigger, against a table written by hand from the business rules."""

from __future__ import annotations

from itertools import product

import pytest
from msgspec.structs import replace

from casecore.cases.lifecycle import TRANSITIONS, diagram, legal_triggers, state_after
from casecore.cases.refusals import IllegalMove
from casecore.cases.topics import TOPICS
from casecore.contract.cases import Category, Level, Priority, Standing, State

TRIGGERS = ("take", "escalate", "hand_back", "resolve", "close", "reopen", "reclassify", "cancel")

# State, category, level of the topic, level that has or had the case; "*" is any. Then trigger and target.
# Whatever is not in this table is illegal.
LIFE = """
    opened           technical_support  *        *        take             reseller_l0
    opened           user_support       *        *        take             partner_support
    opened           technical_support  level_1  *        escalate         escalated_l1
    opened           *                  *        *        reclassify  opened
    opened           *                  *        *        cancel           cancelled
    reseller_l0      *                  *        *        escalate         escalated_l1
    reseller_l0      *                  *        *        resolve          resolved
    reseller_l0      *                  *        *        reclassify  opened
    reseller_l0      *                  *        *        cancel           cancelled
    escalated_l1     *                  *        *        hand_back        reseller_l0
    escalated_l1     *                  *        *        resolve          resolved
    escalated_l1     *                  *        *        reclassify  opened
    escalated_l1     *                  *        *        cancel           cancelled
    partner_support  *                  *        *        resolve          resolved
    partner_support  *                  *        *        reclassify  opened
    partner_support  *                  *        *        cancel           cancelled
    resolved         *                  *        *        close            closed
    resolved         *                  *        level_0  reopen           reseller_l0
    resolved         *                  *        level_1  reopen           escalated_l1
    resolved         *                  *        partner  reopen           partner_support
"""

RULES = [line.split() for line in LIFE.strip().splitlines()]

# Where a case can be and was: before its first arrival it has no level, at work it is at that of its state.
LEVELS = {
    State.OPENED: (None,),
    State.RESELLER_L0: (Level.LEVEL_0,),
    State.ESCALATED_L1: (Level.LEVEL_1,),
    State.PARTNER_SUPPORT: (Level.PARTNER,),
    State.RESOLVED: tuple(Level),
    State.CLOSED: tuple(Level),
    State.CANCELLED: (None, *Level),
}

# A topic of each level, with its category: a case's topic always belongs to its category.
TOPIC_OF = {"level_0": "backup_set_up", "level_1": "recovery", "partner": "training"}
CATEGORY_OF = {
    "level_0": Category.TECHNICAL_SUPPORT,
    "level_1": Category.TECHNICAL_SUPPORT,
    "partner": Category.USER_SUPPORT,
}


def standing(state: State, topic_level: str, level: Level | None) -> Standing:
    return Standing(
        state=state,
        category=CATEGORY_OF[topic_level],
        topic=TOPIC_OF[topic_level],
        priority=Priority.NORMAL,
        organisation="anyone",
        level=level,
    )


SITUATIONS = [
    standing(state, topic_level, level)
    for state in State
    for topic_level in TOPIC_OF
    for level in LEVELS[state]
]


def target_by_hand(case: Standing, trigger: str) -> str | None:
    topic_level = next(level for level, topic in TOPIC_OF.items() if topic == case.topic)
    level = case.level.value if case.level else "none"
    actual = (case.state.value, case.category.value, topic_level, level, trigger)
    targets = [
        rule[5]
        for rule in RULES
        if all(said in ("*", is_) for said, is_ in zip(rule[:5], actual, strict=True))
    ]
    assert len(targets) <= 1
    return targets[0] if targets else None


def named(value: object) -> str:
    if isinstance(value, Standing):
        return f"{value.state.value}-{value.topic}-{value.level.value if value.level else 'nowhere'}"
    return str(value)


@pytest.mark.parametrize(("case", "trigger"), list(product(SITUATIONS, TRIGGERS)), ids=named)
def test_a_trigger_leads_where_the_rules_say_or_is_refused(case: Standing, trigger: str) -> None:
    before = replace(case)
    target = target_by_hand(case, trigger)
    if target is not None:
        assert state_after(case, trigger).value == target
    else:
        with pytest.raises(IllegalMove) as refused:
            state_after(case, trigger)
        legal = {name for name in TRIGGERS if target_by_hand(case, name)}
        said = {"reclassify" if name == "reclassify" else name for name in legal}
        assert set(refused.value.legal) == said
        assert (refused.value.trigger, refused.value.state) == (trigger, case.state.value)
        assert all(name in str(refused.value) for name in said)
    assert case == before


@pytest.mark.parametrize("case", SITUATIONS, ids=named)
def test_what_is_called_legal_is_what_leads_somewhere(case: Standing) -> None:
    assert set(legal_triggers(case)) == {name for name in TRIGGERS if target_by_hand(case, name)}


def test_every_trigger_of_the_table_is_tested_and_the_other_way_round() -> None:
    assert {row.trigger for row in TRANSITIONS} == set(TRIGGERS)
    assert len(TRANSITIONS) == len(RULES)


def test_a_topic_that_is_unknown_today_never_skips_the_seller() -> None:
    case = replace(standing(State.OPENED, "level_1", None), topic="withdrawn_topic")
    with pytest.raises(IllegalMove):
        state_after(case, "escalate")


# Level 0 and level 1 topics as the business lists them.
LEVEL_0_COUNT, LEVEL_1_COUNT = 11, 4


def test_the_catalogue_holds_the_listed_topics() -> None:
    levels = [topic.level for topic in TOPICS.values()]
    assert levels.count(Level.LEVEL_0) == LEVEL_0_COUNT
    assert levels.count(Level.LEVEL_1) == LEVEL_1_COUNT
    for topic in TOPICS.values():
        is_use = topic.level is Level.PARTNER
        assert topic.category is (Category.USER_SUPPORT if is_use else Category.TECHNICAL_SUPPORT)


def test_the_diagram_draws_every_row_of_the_table() -> None:
    lines = [line.strip() for line in diagram().splitlines()]
    assert lines[0] == "stateDiagram-v2"
    assert "[*] --> opened: open" in lines
    for state, _, _, _, trigger, target in RULES:
        assert any(line.startswith(f"{state} --> {target}: {trigger}") for line in lines)
    assert {"closed --> [*]", "cancelled --> [*]"} <= set(lines)
    assert len(lines) == 2 + len(TRANSITIONS) + 2
