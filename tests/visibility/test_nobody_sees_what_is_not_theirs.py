"""Whatever happened, each identity gets from every endpoint what a walk over the events allows, and no more.

Two references, both apart from the program's rules (`walk`): the words that an answer may have, and the same
world in which all is missing or is another that the viewer may not see. There every answer is the same, so
that sums, counts and cursors are held to it, too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from datetime import datetime
from typing import NamedTuple

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casecore.api.commands.publishing import PUBLISHED
from casecore.api.commands.resources import RESOURCES
from casecore.api.description.routes import description_routes
from casecore.api.description.what_ifs import WHAT_IF_ENDPOINTS
from casecore.api.questions.pictures import asked as pictures_asked
from casecore.store.migrations import migrate
from projections.catalogue import VIEWS
from tests.api.doors import Door, open_door
from tests.profiles import scaled
from tests.projections.stored import fold_store
from tests.servers import new_database
from tests.visibility.asking import Asking
from tests.visibility.commanding import (
    FIRST_ACTIONS,
    UNSEEN,
    answer_to,
    answer_to_lines,
    commands_of,
    lines_of,
)
from tests.visibility.made import World, a_life, business, make
from tests.visibility.planting import Leak, Reached, leaks
from tests.visibility.questions import ALL_EVENTS, LATER, named_in, paths, paths_by_parameter
from tests.visibility.walk import Walk
from tests.visibility.worlds import ORGANISATIONS, Step, steps, written

LEAKS = leaks()
WHO = ("campus", "sued", "nord", "klinik", "vendor")
"""Who asks everything of the one world; what is asked by parameters is shared out between them."""


_EVENT_ID = re.compile(r'"id":"([0-9a-f-]{36}/[0-9]+)"')


class Databases(NamedTuple):
    """Makes databases that have the program's tables and views, all empty."""

    new: Callable[[], str]


@pytest.fixture(scope="module")
def databases(postgres_server: str) -> Iterator[Databases]:
    with ExitStack() as opened:
        model = opened.enter_context(new_database(postgres_server))
        migrate(model)
        for view in VIEWS.values():
            fold_store(model, view)

        def new() -> str:
            made = opened.enter_context(new_database(postgres_server))
            name, of = (uri.split("/")[3].split("?")[0] for uri in (made, model))
            with psycopg.connect(postgres_server, autocommit=True) as connection:
                connection.execute(f'drop database "{name}"'.encode())
                connection.execute(f'create database "{name}" template "{of}"'.encode())
            return made

        yield Databases(new)


@pytest.fixture(scope="module", autouse=True)
def pictures_of_one_instant() -> Iterator[None]:
    """Pictures are as of now, and now stands still: each time they would be others."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(pictures_asked, "now", lambda: datetime.fromisoformat(LATER))
        yield


class Twins(NamedTuple):
    """A world and its twin for who asks, the ids of the events that it may see, and what comes out.

    `reached` is where the program has been for each answer.
    """

    whole: Asking
    twin: Asking
    events: set[str]
    answers: dict[str, str]
    reached: dict[str, set[Leak]]


@pytest.fixture(scope="module")
def all_twins(
    postgres_server: str, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Twins]]:
    """One world, and a twin for each who asks."""
    made = business(postgres_server)
    log = [*made.log, *a_life(len(made.log) + 1)]
    there, walk = named_in(log), Walk(log)
    by_parameter = paths_by_parameter(there)
    with ExitStack() as opened:

        def door(world: World) -> Door:
            database = databases.new()
            make(database, world)
            return opened.enter_context(open_door(database, tmp_path_factory.mktemp("a")))

        whole = door(World(log, made.archive, WHO, ("K-55",)))
        found: dict[str, Twins] = {}
        for turn, who in enumerate(WHO):
            twin = door(World(walk.twin(who), made.archive, (who,), ("K-55",)))
            asked = (*paths(there), *by_parameter[turn :: len(WHO)])
            answers, been = _answers(Asking(whole, who), asked)
            found[who] = Twins(Asking(whole, who), Asking(twin, who), walk.events_of(who), answers, been)
        yield found


def _answers(whole: Asking, asked: Iterable[str]) -> tuple[dict[str, str], dict[str, set[Leak]]]:
    reached, answers, been = Reached(LEAKS), dict[str, str](), dict[str, set[Leak]]()
    with reached.noting():
        for path in asked:
            reached.take()
            answers[path] = whole.answer(path)
            been[path] = reached.take()
    return answers, been


@pytest.mark.parametrize("who", WHO)
def test_it_is_as_if_what_is_not_theirs_were_not_there(all_twins: dict[str, Twins], who: str) -> None:
    twins = all_twins[who]
    for path, answer in twins.answers.items():
        assert answer == twins.twin.answer(path), path
    # and what is theirs is there
    assert set(re.findall(_EVENT_ID, twins.answers[ALL_EVENTS])) == twins.events


@pytest.mark.parametrize("who", UNSEEN)
def test_a_refusal_does_not_tell_whether_something_is_there(all_twins: dict[str, Twins], who: str) -> None:
    twins = all_twins[who]
    for given_one in commands_of(who):
        answer = answer_to(twins.whole, given_one)
        assert answer == answer_to(twins.twin, given_one), given_one
    lines = lines_of(who)
    assert answer_to_lines(twins.whole, lines) == answer_to_lines(twins.twin, lines)


BEGINS_SOMETHING = "it tells that a name is taken, as docs/api.md says; who may do it follows from the role"
NOT_ASKED: Mapping[str, str] = {
    "POST /v1/cases": BEGINS_SOMETHING,
    **{f"POST {one.path}": BEGINS_SOMETHING for one in PUBLISHED},
    **{
        f"POST {one.path}/{verb}": BEGINS_SOMETHING
        for one in RESOURCES
        for verb in one.actions
        if verb in FIRST_ACTIONS
    },
    "POST /v1/billing/runs": "for the vendor alone, whatever there is",
    **{
        f"POST /v1/installation/quarantine/{{view}}/{verb}": "for the vendor alone, whatever there is"
        for verb in ("retry", "skip")
    },
    **{f"GET {route.path}": "for everybody, whatever there is" for route in description_routes()},
    **{
        f"{one.method} {one.path}": "for who began it alone (tests/api/test_what_ifs.py)"
        for one in WHAT_IF_ENDPOINTS
    },
}


def test_all_that_can_be_asked_is_asked_here(all_twins: dict[str, Twins]) -> None:
    met = {f"GET {path.split('?')[0]}" for twins in all_twins.values() for path in twins.answers}
    met |= {f"POST {given_one.path}" for who in UNSEEN for given_one in commands_of(who)}
    met |= {"POST /v1/commands"}
    for one in all_twins[WHO[0]].whole.routes():
        is_met = any(one.matches(asked) for asked in met)
        assert is_met != (one.name in NOT_ASKED), f"ask {one.name} in this test, or say why not"


@pytest.fixture(scope="module")
def pair(databases: Databases) -> tuple[str, str]:
    return databases.new(), databases.new()


@scaled(0.08)
@given(steps(), st.sampled_from(ORGANISATIONS))
def test_an_answer_has_what_the_events_allow_and_nothing_else(
    pair: tuple[str, str], tmp_path_factory: pytest.TempPathFactory, happened: list[Step], who: str
) -> None:
    log = written(happened)
    walk, there = Walk(log), named_in(log)
    make(pair[0], World(log))
    make(pair[1], World(walk.twin(who)))
    allowed, all_words = walk.words_for(who), walk.words_for(None)
    with (
        open_door(pair[0], tmp_path_factory.mktemp("a")) as whole,
        open_door(pair[1], tmp_path_factory.mktemp("b")) as twin,
    ):
        one, other = Asking(whole, who), Asking(twin, who)
        for path in paths(there):
            answer = one.answer(path)
            shown = {word for word in all_words if word in answer}
            # What was asked for is named in the answer that it is not there.
            shown -= {name for name in there.case if f"/{name}" in path}
            assert shown <= allowed, f"{path} shows {shown - allowed}"
            assert answer == other.answer(path), path
        listed = set(re.findall(r'"reference":"([^"]+)"', one.answer("/v1/cases?ended=true")))
        assert listed == walk.cases_of(who)
        assert set(re.findall(_EVENT_ID, one.answer(ALL_EVENTS))) == walk.events_of(who)


CHANGES_NOTHING: Mapping[str, str] = {
    "casecore.app.replay.one_case.sees_event": "only the command line asks it, which sees everything",
    "casecore.app.service_levels.clocks.sees_case": "the case was looked at before, as the store has it",
    "projections.billing.fee_memos.MEMOS": "another's fees are refused before it is asked",
    "projections.billing.statements.ACCOUNT": "only the command line asks it, which sees everything",
    "projections.billing.statements.SETTLEMENT_DOCUMENTS": "it is asked once SETTLEMENT has found the year",
    "projections.billing.statements.SETTLEMENT_LINES": "it is asked once SETTLEMENT has found the year",
    "projections.billing.statements.UNBILLED_TOTALS": "there, only the command line asks it",
    "projections.sla.open_windows.OPEN_WINDOWS": "it is asked of cases that were found for the same viewer",
    "projections.sla.queries.IS_LATER_KNOWN": "it chooses between two ways to the same answer",
    "projections.timeline.queries.EVENTS": "only the command line asks it, which sees everything",
    "projections.sla.open_clocks.STANDING_STILL": "only the page asks it: tests/web/test_cases.py",
    "projections.sla.open_clocks.OPEN_CLOCKS": "only the page asks it, of cases found for the same viewer",
    "projections.sla.open_clocks.NEAREST": "only the page asks it, and shows of these cases what one sees",
    "projections.timeline.queries.RESOLUTIONS": "only the page asks it, of cases found for the same viewer",
    "projections.workload.case_list.COUNT": "only the page asks it, where a list has more than it shows",
    "projections.workload.known_names.NAMES": "only the page asks it: tests/web/test_cases.py",
    "projections.workload.known_names.SPELLING": "only the page asks it: tests/web/test_cases.py",
    "projections.workload.known_names.WRITTEN": "only the page asks it: tests/web/test_cases.py",
    "projections.timeline.queries.SUBJECTS": "it is asked of cases found for the same viewer; "
    "where that view is ahead of this one: tests/api/test_cases.py",
}
"""Leaks that change no answer, and why."""


def is_found(twins: Twins, leak: Leak) -> bool:
    """Whether an answer is not the one of the twin any more; only those are asked for that it can change."""
    for path in (path for path, been in twins.reached.items() if leak in been):
        answer = twins.whole.answer(path)
        if answer != twins.answers[path] and answer != twins.twin.answer(path):
            return True
    return False


@pytest.mark.parametrize("leak", LEAKS, ids=lambda leak: leak.place)
def test_a_leak_is_found(all_twins: dict[str, Twins], monkeypatch: pytest.MonkeyPatch, leak: Leak) -> None:
    # Given a program that leaks in one place
    leak.plant(monkeypatch)
    # Then somebody gets what they would not get where that is missing, unless it is known that nobody does
    found = any(is_found(twins, leak) for twins in all_twins.values())
    assert found == (leak.place not in CHANGES_NOTHING)
