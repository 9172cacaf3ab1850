"""Whoever tries a policy hears what would be of the cases that they see, and of no other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import NamedTuple

import pytest
from msgspec.structs import replace

from casecore.app.addresses import Addresses
from casecore.app.application import Application, open_app
from casecore.app.service_levels.what_if import ChosenCalendar, read_tried_policy, what_if_seen
from casecore.app.settings import read_settings
from casecore.contract.service_levels import Clock, ClockTerms, Covers, Targets
from casecore.evaluation.whatif import Result
from casecore.service_levels.errors import InvalidServiceLevelFile
from casecore.service_levels.policy_text import written_policy
from casecore.store.migrations import migrate
from casecore.visibility.rules import Viewer
from tests.projections.promises import policy
from tests.servers import new_database
from tests.visibility.made import a_life, store_events
from tests.visibility.walk import Walk
from tests.visibility.worlds import ORGANISATIONS, VENDOR, promises

AT = datetime(2026, 6, 30, tzinfo=UTC)
ANSWERS_ONLY = replace(
    policy(Covers.END_TO_END, 7), clocks=(ClockTerms(Clock.FIRST_RESPONSE, Targets(0, 0, 0, 0)),)
)


class Worlds(NamedTuple):
    """A world, its walk, and of each organisation the world in which there is only what it sees."""

    whole: Application
    walk: Walk
    twins: dict[str, Application]


@pytest.fixture(scope="module")
def worlds(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worlds]:
    log = a_life(1)
    walk = Walk(log)
    with ExitStack() as opened:

        def app_on(events: list) -> Application:  # type: ignore[type-arg]
            database = opened.enter_context(new_database(postgres_server))
            migrate(database)
            store_events(database, events)
            home = tmp_path_factory.mktemp("home")
            settings = read_settings({"CASECORE_DATABASE": database, "CASECORE_HOME": str(home)})
            return opened.enter_context(open_app(settings, Addresses(database, "127.0.0.1:1")))

        yield Worlds(app_on(log), walk, {who: app_on(walk.twin(who)) for who in ORGANISATIONS})


def tried(app: Application, who: str) -> Result:
    return what_if_seen(app, ANSWERS_ONLY, AT, 1_000, Viewer(who, who == VENDOR))


@pytest.mark.parametrize("who", ORGANISATIONS)
def test_a_policy_is_tried_on_the_cases_that_one_sees_and_on_no_other(worlds: Worlds, who: str) -> None:
    found = tried(worlds.whole, who)
    # It is as if the other cases were not there
    alone = tried(worlds.twins[who], who)
    assert (found.cases, found.before, found.after, found.cases_changed) == (
        alone.cases,
        alone.before,
        alone.after,
        alone.cases_changed,
    )
    assert found.changes == alone.changes
    # and what is seen is tried.
    seen = worlds.walk.cases_of(who)
    assert found.cases == len(seen)
    assert {change.case for change in found.changes} == seen


@pytest.mark.parametrize("who", [who for who in ORGANISATIONS if who != "nord"])
def test_the_promises_and_calendars_of_others_are_as_if_they_were_not_there(worlds: Worlds, who: str) -> None:
    of_nord = next(one for one in promises() if one.organisation == "nord")
    claimed = replace(of_nord, organisation=who, covers=Covers.END_TO_END, clocks=ANSWERS_ONLY.clocks)
    of_nobody = replace(claimed, calendar=replace(claimed.calendar, id="nobody-office"))
    viewer = Viewer(who, who == VENDOR)
    refusals = []
    for one in (claimed, of_nobody):
        for chosen in (None, ChosenCalendar(one.calendar.id, 1)):
            with pytest.raises(InvalidServiceLevelFile) as refused:
                read_tried_policy(worlds.whole, written_policy(one), chosen, viewer)
            refusals.append(str(refused.value).replace(one.calendar.id, "office"))
    assert len(set(refusals)) == 1
    # nor is the calendar of a policy with that id taken
    text = written_policy(claimed).replace('{ id = "nord-office", version = 1 }', '"nord.toml"')
    with pytest.raises(InvalidServiceLevelFile, match="none is read here"):
        read_tried_policy(worlds.whole, text, None, viewer)


def test_nobody_tries_a_promise_of_another_organisation(worlds: Worlds) -> None:
    of_nord = next(one for one in promises() if one.organisation == "nord")
    with pytest.raises(InvalidServiceLevelFile, match="organisation: is 'nord': try a policy of your own"):
        read_tried_policy(worlds.whole, written_policy(of_nord), None, Viewer("sued", False))
    assert (
        read_tried_policy(worlds.whole, written_policy(of_nord), None, Viewer("nord", False)).calendar
        == of_nord.calendar
    )
