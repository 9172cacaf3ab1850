"""A file of events: short or in full it says the same, and what is wrong with it is said by line."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import strategies as st

from casecore.cases import commands as c
from casecore.clocks.evaluation import evaluate
from casecore.clocks.instants import micros
from casecore.contract.cases import Category, Level, State
from casecore.contract.service_levels import Covers
from casecore.evaluation.case_events import CaseEvents
from casecore.evaluation.errors import InvalidEventsFile
from casecore.evaluation.events_file import (
    MAX_LINE_BYTES,
    DefaultParties,
    parties_of,
    read_events,
    read_lines,
)
from tests.cases.promises import policy
from tests.clocks.casebook import CUSTOMER, RESELLER, CaseWriter
from tests.clocks.random_cases import RandomCase, random_cases
from tests.evaluation.stories import case_of_events, figures, full_form, short_form
from tests.profiles import scaled

PARTIES = DefaultParties()
AT = "2026-03-02T08:00:00Z"
OPENED = {"type": "opened", "occurred_at": AT}
LATER = {"type": "taken", "occurred_at": "2026-03-02T09:00:00Z"}


def lines(*given_lines: dict[str, Any]) -> list[bytes]:
    return [json.dumps(line).encode() + b"\n" for line in given_lines]


def read(*given_lines: dict[str, Any], parties: DefaultParties = PARTIES) -> CaseEvents:
    """The one case of a file with these lines."""
    (case,) = read_lines(lines(*given_lines), "story.jsonl", parties)
    return case


def after(*given_lines: dict[str, Any]) -> Any:
    """How the case stands after the last of these lines, the opening going before them."""
    return read(OPENED, *({"occurred_at": AT, **line} for line in given_lines)).events[-1].data.standing


# The law: what a person writes in short gives the figures of the events as the program prints them.


@scaled(1, suppressed=list(HealthCheck))
@given(random_cases())
def test_the_short_form_gives_the_same_figures_as_the_full_one(case: RandomCase) -> None:
    written = case_of_events(case.events)
    (full,) = read_lines(full_form(case.events), "full", PARTIES)
    (short,) = read_lines(short_form(case.events), "short", PARTIES)
    assert full == written
    assert short.history() == full.history()
    shown = figures(full, case.at)
    assert figures(short._replace(reference=full.reference), case.at) == shown
    assert shown == figures(written, case.at)


def test_user_support_handed_on_to_another_partner_is_the_same_in_both_forms() -> None:
    # Given user support that goes from one partner to another, and only then to the seller
    writer, at = CaseWriter(), datetime(2026, 3, 2, 8, tzinfo=UTC)
    opening = c.OpenCase(
        customer=CUSTOMER,
        seller=RESELLER,
        partner="first-partner",
        category=Category.USER_SUPPORT,
        topic="training",
    )
    handed_on = c.ReclassifyCase(category=Category.USER_SUPPORT, topic="training", partner="second-partner")
    technical = c.ReclassifyCase(category=Category.TECHNICAL_SUPPORT, topic="recovery")
    for minutes, do in enumerate(
        (opening, c.TakeCase(agent="a"), handed_on, c.TakeCase(agent="b"), technical, c.TakeCase())
    ):
        writer.act(at + timedelta(minutes=minutes), do)
    (full,) = read_lines(full_form(writer.events), "full", PARTIES)
    (short,) = read_lines(short_form(writer.events), "short", PARTIES)
    assert short.history() == full.history()


def test_cases_may_be_mixed_and_come_in_the_order_of_their_openings() -> None:
    first, second = {"reference": "B"}, {"reference": "A"}
    given_lines = lines(
        {**OPENED, "data": first},
        {**OPENED, "data": second},
        {"type": "taken", "occurred_at": AT, "data": first},
        {"type": "cancelled", "occurred_at": AT, "data": second},
    )
    cases = read_lines([b"\n", *given_lines, b"  \n"], "story.jsonl", PARTIES)
    assert [case.reference for case in cases] == ["B", "A"]
    assert [case.events[-1].data.standing.state for case in cases] == [State.RESELLER_L0, State.CANCELLED]
    assert [happened.version for happened in cases[0].events] == [1, 2]


def test_a_file_is_read_from_the_disk(tmp_path: Path) -> None:
    file = tmp_path / "story.jsonl"
    file.write_bytes(b"".join(lines(OPENED)).rstrip(b"\n"))
    (case,) = read_events(file, PARTIES)
    assert case.reference == "case"
    with pytest.raises(OSError, match="missing"):
        read_events(tmp_path / "missing", PARTIES)


# What a line need not say.


@pytest.mark.parametrize(
    ("name", "before", "state", "level", "organisation"),
    [
        ("taken", [], State.RESELLER_L0, Level.LEVEL_0, "seller"),
        ("escalated", [], State.ESCALATED_L1, Level.LEVEL_1, "vendor"),
        ("handed_back", ["escalated"], State.RESELLER_L0, Level.LEVEL_0, "seller"),
        ("resolved", ["taken"], State.RESOLVED, Level.LEVEL_0, "seller"),
        ("resolved", ["escalated"], State.RESOLVED, Level.LEVEL_1, "vendor"),
        ("reopened", ["escalated", "resolved"], State.ESCALATED_L1, Level.LEVEL_1, "vendor"),
        ("reopened", ["taken", "resolved"], State.RESELLER_L0, Level.LEVEL_0, "seller"),
        ("closed", ["taken", "resolved"], State.CLOSED, Level.LEVEL_0, "seller"),
        ("cancelled", [], State.CANCELLED, None, "seller"),
    ],
)
def test_a_line_is_completed_from_what_its_event_does(
    name: str, before: list[str], state: State, level: Level | None, organisation: str
) -> None:
    standing = after(*({"type": each} for each in [*before, name]))
    assert (standing.state, standing.level, standing.organisation, standing.agent) == (
        state,
        level,
        organisation,
        None,
    )


def test_parties_that_the_opening_names_are_those_of_the_case() -> None:
    opened = {**OPENED, "data": {"seller": "nord", "vendor": "maker"}}
    case = read(opened, {"type": "taken", "occurred_at": AT}, {"type": "escalated", "occurred_at": AT})
    assert [happened.data.standing.organisation for happened in case.events] == ["nord", "nord", "maker"]
    user_support = {"partner": "campus", "standing": {"category": "user_support"}}
    case = read({**OPENED, "data": user_support}, {"type": "taken", "occurred_at": AT})
    assert [happened.data.standing.organisation for happened in case.events] == ["campus", "campus"]


def test_a_party_that_a_later_line_names_is_the_one_from_then_on() -> None:
    assert after({"type": "taken", "data": {"seller": "nord"}}).organisation == "nord"
    named = {"type": "escalated", "data": {"seller": "nord"}}
    assert after(named, {"type": "handed_back"}).organisation == "nord"


def test_a_case_reclassified_as_user_support_is_the_turn_of_the_partner_named_there() -> None:
    line = {"type": "reclassified", "data": {"partner": "campus", "standing": {"category": "user_support"}}}
    standing = after({"type": "taken"}, line)
    assert (standing.state, standing.organisation, standing.level) == (State.OPENED, "campus", None)


def test_an_agent_stays_until_the_case_moves() -> None:
    assigned = {"type": "assigned", "data": {"standing": {"agent": "ida"}}}
    assert after({"type": "taken"}, assigned, {"type": "waiting_started"}).agent == "ida"
    assert after({"type": "taken"}, assigned, {"type": "resolved"}).agent is None


def test_how_the_case_stands_may_be_said_in_the_data_itself() -> None:
    first = {"category": "user_support", "topic": "training", "priority": "high"}
    case = read({**OPENED, "data": first}, {"type": "taken", "occurred_at": AT, "data": {"agent": "ida"}})
    opened, taken = (happened.data.standing for happened in case.events)
    assert (opened.category.value, opened.topic, opened.priority.value) == tuple(first.values())
    assert (opened.agent, taken.agent, taken.priority.value) == (None, "ida", "high")
    assert after({"type": "priority_changed", "data": {"priority": "urgent"}}).priority.value == "urgent"


def test_a_line_that_says_all_may_say_more_than_this_program_knows() -> None:
    writer = CaseWriter()
    do = c.OpenCase(customer=CUSTOMER, seller=RESELLER, category=Category.TECHNICAL_SUPPORT, topic="recovery")
    writer.act(datetime(2026, 3, 2, tzinfo=UTC), do)
    (opened,) = full_form(writer.events)
    line = json.loads(opened)
    line["data"]["new"] = line["data"]["standing"]["newer"] = 1
    assert read(line) == read(json.loads(opened))


def test_what_no_clock_needs_is_passed_over() -> None:
    effort = {"type": "effort_recorded", "occurred_at": AT, "data": {"nonsense": 1}}
    noted = {"type": "casecore.case.activity_noted.v1", "occurred_at": AT}
    case = read(OPENED, effort, noted, {"type": "taken", "occurred_at": AT, "someone": "else"})
    assert [(happened.version, type(happened.data).__name__) for happened in case.events] == [
        (1, "CaseOpened"),
        (2, "CaseTaken"),
    ]


def test_a_version_that_is_left_out_is_the_next_one() -> None:
    case = read({**OPENED, "version": 7}, {"type": "taken", "occurred_at": AT})
    assert [happened.version for happened in case.events] == [7, 8]


def test_whose_case_it_is_follows_from_the_policies_where_the_file_does_not_say() -> None:
    policies = [
        policy("a", Covers.LEVEL_0, organisation="nord"),
        policy("b", Covers.LEVEL_1, organisation="maker"),
        policy("c", Covers.PARTNER, organisation="campus"),
    ]
    assert parties_of(policies) == DefaultParties("nord", "maker", "campus")
    assert parties_of([policy("d", organisation="maker")]).vendor == "maker"
    assert parties_of([]) == PARTIES
    assert read(OPENED, parties=parties_of(policies)).events[0].data.standing.organisation == "nord"


# What is wrong, and where.


@pytest.mark.parametrize(
    ("given_lines", "line", "reason"),
    [
        ([], None, "has no events: give a line for each, the first one opened"),
        ([{"type": "taken", "occurred_at": AT}], 1, "begin with its opening"),
        ([OPENED, OPENED], 2, "was opened before: give another case another data.reference"),
        ([OPENED, {"type": "exploded", "occurred_at": AT}], 2, "these are: opened, taken, assigned"),
        ([OPENED, {"type": "casecore.case.exploded.v1", "occurred_at": AT}], 2, "these are: opened, taken"),
        (
            [OPENED, {"type": "casecore.service_level.policy_published.v1", "occurred_at": AT}],
            2,
            "is not an event of a case; these are",
        ),
        ([OPENED, {"type": "casecore.case.taken.v2", "occurred_at": AT}], 2, "knows v1"),
        ([{"type": "opened"}], 1, "`occurred_at`"),
        ([{"occurred_at": AT}], 1, "`type`"),
        ([{"type": "opened", "occurred_at": "2026-03-02T08:00:00"}], 1, "timezone.*occurred_at"),
        ([{"type": "opened", "occurred_at": "yesterday"}], 1, "occurred_at"),
        ([{"type": "opened", "occurred_at": "0001-01-01T00:00:00+14:00"}], 1, "not in 1970 to 2199"),
        ([{"type": "opened", "occurred_at": "9999-12-31T23:59:59-14:00"}], 1, "not in 1970 to 2199"),
        ([{**OPENED, "data": {"standing": {"priority": "soon"}}}], 1, "soon.*priority"),
        ([{**OPENED, "data": {"standing": []}}], 1, "standing"),
        ([{**OPENED, "data": {"standing": None}}], 1, "standing"),
        ([{**OPENED, "data": []}], 1, "data"),
        ([{**OPENED, "data": {"seller": 5}}], 1, "seller"),
        ([{**OPENED, "data": {"reference": {"a": 1}}}], 1, "reference"),
        ([{**OPENED, "version": "x"}], 1, "version"),
        ([{**OPENED, "version": 0}], 1, "give each event once, in order"),
        (
            [OPENED, LATER, {"type": "assigned", "occurred_at": AT, "data": {"agent": "ida"}}],
            3,
            "only messages may come late",
        ),
        *(
            (
                [OPENED, {"type": name, "occurred_at": "2026-03-02T07:59:59Z", "data": data}],
                2,
                "it occurred before the case was opened, at 2026-03-02T08:00:00",
            )
            for name, data in (("taken", {}), ("message_posted", {"sender": "customer"}))
        ),
        ([OPENED, LATER, {"type": "reopened", "occurred_at": AT}], 3, "only messages may come late"),
        ([OPENED, {"type": "reopened", "occurred_at": AT}], 2, "reopened cannot follow while .* opened"),
        (
            [OPENED, LATER, {**LATER, "type": "closed"}],
            3,
            "closed cannot follow while .* reseller_l0",
        ),
        (
            [OPENED, {"type": "assigned", "occurred_at": AT}],
            2,
            "does not say the agent: give data.agent",
        ),
        (
            [OPENED, {"type": "assigned", "occurred_at": AT, "data": {"agent": None}}],
            2,
            "assigned does not say the agent",
        ),
        ([OPENED, {"type": "priority_changed", "occurred_at": AT}], 2, "does not say the priority"),
        (
            [{**OPENED, "data": {"prioritaet": "high"}}],
            1,
            "data.prioritaet is not a key here; the keys here are: reference, .*priority",
        ),
        (
            [{**OPENED, "data": {"standing": {"prio": "high"}}}],
            1,
            "data.standing.prio is not a key here; the keys here are: state, category",
        ),
        (
            [{**OPENED, "data": {"priority": "high", "standing": {"priority": "low"}}}],
            1,
            "data.priority and data.standing.priority are the same: give one of them",
        ),
        (
            [OPENED, {"type": "cancelled", "occurred_at": AT}, {"type": "taken", "occurred_at": AT}],
            3,
            "the case ended before: taken cannot follow",
        ),
        ([OPENED, {"type": "message_posted", "occurred_at": AT}], 2, "sender"),
        ([OPENED, {"type": "policy_pinned", "occurred_at": AT}], 2, "policy"),
        (
            [{**OPENED, "version": 3}, {"type": "taken", "occurred_at": AT, "version": 3}],
            2,
            "its version is 3, after 3: give each event once, in order",
        ),
        (
            [
                {**OPENED, "data": {"reference": "A"}},
                {**OPENED, "data": {"reference": "B"}},
                {"type": "taken", "occurred_at": AT},
            ],
            3,
            "give data.reference",
        ),
        (
            [
                OPENED,
                {"type": "resolved", "occurred_at": AT},
                {"type": "reopened", "occurred_at": AT, "data": {"standing": {"level": ["x"]}}},
            ],
            3,
            "level",
        ),
        (
            [OPENED, {"type": "reclassified", "occurred_at": AT, "data": {"standing": {"category": {}}}}],
            2,
            "category",
        ),
    ],
    ids=str,
)
def test_an_error_names_the_line_and_what_would_be_right(
    given_lines: list[dict[str, Any]], line: int | None, reason: str
) -> None:
    where = "story.jsonl" if line is None else f"story.jsonl, line {line}: "
    with pytest.raises(InvalidEventsFile, match=f"^{where}.*{reason}"):
        read_lines(lines(*given_lines), "story.jsonl", PARTIES)


@pytest.mark.parametrize(
    "raw",
    [
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"type": "opened", "occurred_at": "2026-03-02T08:00:00Z", "data": {"x": "\xff"}}',
        b'{"type": "opened", "data": ' + b'{"a":' * 100_000,
        b'{"type": "opened", "occurred_at": "2026-03-02T08:00:00Z", "data": {"a":'
        + b"[" * 90_000
        + b"]" * 90_000
        + b"}}",
        b'{"type": "' + b"x" * 10_000 + b'", "occurred_at": "2026-03-02T08:00:00Z"}',
    ],
    ids=lambda raw: raw[:20].decode("latin-1"),
)
def test_what_is_no_line_is_refused_in_few_words(raw: bytes) -> None:
    with pytest.raises(InvalidEventsFile, match=r"^hostile, line 2: ") as wrong:
        read_lines([*lines(OPENED), raw], "hostile", PARTIES)
    assert len(str(wrong.value)) < 1_000


def test_a_line_without_an_end_is_not_read_to_its_end(tmp_path: Path) -> None:
    file = tmp_path / "long"
    file.write_bytes(b"x" * (MAX_LINE_BYTES * 3))
    with pytest.raises(InvalidEventsFile, match=f"line 1: it is too long: .* {MAX_LINE_BYTES} bytes"):
        read_events(file, PARTIES)
    padded = lines(OPENED)[0].rstrip(b"\n").ljust(MAX_LINE_BYTES)
    file.write_bytes(padded)
    assert len(read_events(file, PARTIES)) == 1


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
names = st.sampled_from(
    ["opened", "taken", "assigned", "escalated", "handed_back", "waiting_started", "waiting_ended",
     "message_posted", "priority_changed", "reclassified", "resolved", "closed", "reopened", "cancelled"]
)  # fmt: skip
standings = st.dictionaries(
    st.sampled_from(["state", "level", "category", "priority", "agent", "organisation", "topic"]),
    json_values | st.sampled_from(["level_1", "user_support", "resolved", "urgent", "opened"]),
    max_size=3,
)


@given(
    st.lists(
        st.fixed_dictionaries(
            {"type": names | st.text(max_size=5), "occurred_at": st.just(AT) | st.text(max_size=10)},
            optional={
                "version": st.integers(-3, 9) | json_values,
                "data": json_values | st.fixed_dictionaries({"standing": standings, "sender": json_values}),
                "stream_id": json_values,
            },
        ),
        max_size=5,
    )
)
@example([{**OPENED, "data": {"standing": {"level": {}}}}])
def test_whatever_is_written_is_read_or_refused(given_lines: list[dict[str, Any]]) -> None:
    assert_read_or_refused(lines(OPENED, *given_lines))


@given(st.lists(st.binary(max_size=40), max_size=3))
def test_whatever_bytes_there_are_they_are_read_or_refused(raw: list[bytes]) -> None:
    assert_read_or_refused(raw)


def assert_read_or_refused(raw: list[bytes]) -> None:
    refused = ""
    try:
        read_lines(raw, "hostile", PARTIES)
    except InvalidEventsFile as wrong:
        refused = str(wrong)
    assert refused == "" or refused.startswith("hostile")


@given(
    st.lists(
        st.tuples(
            names, st.integers(0, 200), st.sampled_from(["ida", None]), st.sampled_from(["customer", "agent"])
        ),
        max_size=12,
    )
)
def test_a_story_that_no_program_would_allow_is_evaluated_all_the_same(
    given_lines: list[tuple[str, int, str | None, str]],
) -> None:
    # Given events in an order that the rules forbid, under a promise for everything
    start = datetime(2026, 3, 2, 8, tzinfo=UTC)
    promised = [
        {"type": "policy_pinned", "occurred_at": AT, "data": {"policy": json.loads(_encoded(covers, owner))}}
        for covers, owner in (
            (Covers.END_TO_END, "vendor"),
            (Covers.LEVEL_0, "seller"),
            (Covers.LEVEL_1, "vendor"),
        )
    ]
    story = [
        {
            "type": name,
            "occurred_at": (start + timedelta(hours=hours)).isoformat(),
            "data": {"sender": sender, "standing": {"agent": agent}},
        }
        for (name, _, agent, sender), hours in zip(
            given_lines, sorted(line[1] for line in given_lines), strict=True
        )
        if name != "opened"
    ]
    accepted = [OPENED, *promised]
    for line in story:
        with suppress(
            InvalidEventsFile
        ):  # some can follow nothing, such as a closing of what is not resolved
            read(*accepted, line)
            accepted.append(line)
    case = read(*accepted)
    # Then its clocks say something at any instant, and its times add up
    for hours in (0, 50, 300):
        evaluation = evaluate(case.history(), micros(start + timedelta(hours=hours)))
        assert evaluation is not None
        assert sum(evaluation.custody_times.values()) == evaluation.age


def _encoded(covers: Covers, owner: str) -> bytes:
    return msgspec.json.encode(policy(covers.value, covers, organisation=owner))


def test_the_example_in_the_documentation_is_read() -> None:
    example_file = Path(__file__).parents[2] / "docs" / "service-levels" / "example.jsonl"
    (case,) = read_events(example_file, PARTIES)
    assert case.events[0].data.standing.state is State.OPENED
    assert figures(case, datetime(2026, 4, 1, tzinfo=UTC)) is not None
