"""The engine room in a browser: what runs, what is parked, and what operators decide."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from casecore.app.actors import parse_actor
from casecore.app.addresses import Addresses
from casecore.app.application import open_app
from casecore.app.cases import act_on_case
from casecore.app.command_context import CommandContext
from casecore.app.engine_room.lag import BehindLog, Lags, RelayLag
from casecore.app.engine_room.processes import Processes
from casecore.app.engine_room.work import WorkNow
from casecore.app.settings import read_settings
from casecore.cases.commands import OpenCase, TakeCase
from casecore.contract.cases import Category
from casecore.identity.identity import Scope
from casecore.postgres.connection import connect
from casecore.postgres.limits import STORE
from casecore.web.pages.engine_room.room import Trouble, troubles_of
from projections.workload.projection import WORKLOAD
from tests.api.parking import parked_event
from tests.projections.stored import fold_store
from tests.web.sites import Browser, Site

ROOM = "/engine-room"
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def olga(site: Site) -> Browser:
    return site.as_("vendor:vendor:olga", Scope.OPERATOR)


@pytest.fixture
def case(site: Site) -> str:
    """A case of which the workload has the opening, and not yet what came then."""
    settings = read_settings({"CASECORE_DATABASE": site.database})
    by = CommandContext(parse_actor("seller:nord:ida"))
    opening = OpenCase(
        customer="praxis",
        seller="nord",
        category=Category.TECHNICAL_SUPPORT,
        topic="activation",
        subject=SCRIPT,
    )
    with open_app(settings, Addresses(site.database, "127.0.0.1:1")) as app:
        act_on_case(app, "C-1", opening, by)
        fold_store(site.database, WORKLOAD)
        act_on_case(app, "C-1", TakeCase(agent="ida"), by)
    return "C-1"


def key_path(key: str) -> str:
    return f"{ROOM}/quarantine/workload?key={key}"


def skipping(browser: Browser, key: str, **fields: str):
    """The answer to the form that leaves the first record out, as it is on the key's page."""
    place = {"topic": "cases", "partition": "0", "offset": "1002"}
    given = {"key": key, **place, "because": "forged", "sure": "yes", **fields}
    return browser.send(f"{ROOM}/quarantine/workload/skip", **given)


def test_only_the_vendors_operators_have_the_section_and_the_page(site: Site, olga: Browser) -> None:
    vera = site.as_("vendor:vendor:vera", Scope.AGENT)
    otto = site.as_("seller:nord:otto", Scope.AGENT, Scope.OPERATOR)

    assert 'href="/engine-room" aria-current="page"' in olga.look(ROOM).text
    for other in (vera, otto):
        assert 'href="/engine-room"' not in other.look("/account").text
        assert other.look(ROOM).status_code == 403
        assert other.look(key_path("K")).status_code == 403
    assert olga.look("/").headers["location"] == ROOM


def test_what_is_not_well_is_said_first_and_the_page_asks_again(site: Site, olga: Browser, case: str) -> None:
    parked_event(site.database, case, 2)

    page = olga.look(ROOM).text

    assert "no answer on port 1" in page
    assert "<b>relay</b> is not well" in page
    assert "<b>workload</b> has records in quarantine" in page
    assert "there is no view sla in this database" in page
    assert 'hx-trigger="every 5s, changed"' in page
    assert '<noscript><a href="/engine-room">' in page


@pytest.mark.parametrize(
    ("behind", "is_said"),
    [
        (BehindLog(3, at_least=False, seconds=2.0), False),
        (BehindLog(3, at_least=False, seconds=61.0), True),
        (BehindLog(10_000, at_least=True, seconds=None), True),
        (BehindLog(0, at_least=False, seconds=0.0), False),
    ],
)
def test_what_has_been_behind_for_a_minute_needs_a_look(behind: BehindLog, is_said: bool) -> None:
    at = datetime(2026, 6, 1, tzinfo=UTC)
    lag = Lags(at, RelayLag(published_up_to=1, stored_up_to=4, complete_to=at, behind=behind), [])

    found = troubles_of(Processes(at, "1", [], None), lag, WorkNow(at, [], []))

    assert found == ([Trouble("lag", "relay", "is behind")] if is_said else [])


def test_a_parked_record_is_shown_with_its_body_and_none_of_it_is_run(
    site: Site, olga: Browser, case: str
) -> None:
    key = parked_event(site.database, case, 1, reason="unreadable_body")

    page = olga.look(key_path(key)).text

    assert "its body cannot be read" in page
    assert "The record is damaged. Compare it with the store" in page
    assert "may hold personal data" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert SCRIPT not in page


def test_trying_again_leads_to_what_is_parked_then(site: Site, olga: Browser, case: str) -> None:
    key = parked_event(site.database, case, 2)

    answer = olga.send(f"{ROOM}/quarantine/workload/retry", key=key)

    assert (answer.status_code, answer.headers["location"]) == (
        303,
        f"{ROOM}?released=1&remain=0#quarantine",
    )
    page = olga.look("/engine-room?released=1&remain=0").text
    assert "1 record is out of quarantine." in page
    assert "Nothing is in quarantine." in page


def test_what_cannot_be_applied_yet_stays_and_is_shown(site: Site, olga: Browser, case: str) -> None:
    key = parked_event(site.database, case, 2, body=b"{", reason="not_applicable")

    answer = olga.send(f"{ROOM}/quarantine/workload/retry")

    assert answer.headers["location"] == f"{key_path(key)}&released=0&remain=1"
    assert "its body cannot be read" in olga.look(answer.headers["location"]).text


def test_a_record_is_left_out_with_a_reason(site: Site, olga: Browser, case: str) -> None:
    key = parked_event(site.database, case, 2, body=b"{", reason="unreadable_body")

    answer = skipping(olga, key, because="forged;\r\nticket 12")

    assert answer.headers["location"] == f"{ROOM}?released=1&remain=0#quarantine"
    with connect(site.database, STORE) as connection:
        kept = connection.execute("select decision from workload.skipped").fetchall()
    assert kept == [("forged;\nticket 12 (olga of vendor)",)]


@pytest.mark.parametrize(
    ("wrong", "status", "says"),
    [
        ({"because": " "}, 400, "say why the record may be left out"),
        ({"because": "forged", "sure": ""}, 400, "tick that you know this"),
        ({"offset": "999"}, 409, "another record of"),
        ({"offset": "x"}, 400, "open its page again"),
    ],
)
def test_nothing_is_left_out_that_is_not_meant(
    site: Site, olga: Browser, case: str, wrong: dict[str, str], status: int, says: str
) -> None:
    key = parked_event(site.database, case, 2, body=b"{", reason="unreadable_body")

    answer = skipping(olga, key, **wrong)

    assert answer.status_code == status
    assert says in answer.text
    assert 'id="do-skip" open' in answer.text  # with what was typed
    with connect(site.database, STORE) as connection:
        assert connection.execute("select count(*) from workload.quarantine").fetchone() == (1,)


@pytest.mark.parametrize("verb", ["retry", "skip"])
def test_a_decision_is_only_an_operators_and_from_its_own_page(
    site: Site, olga: Browser, case: str, verb: str
) -> None:
    key = parked_event(site.database, case, 2)
    path = f"{ROOM}/quarantine/workload/{verb}"
    fields = {"key": key, "topic": "cases", "partition": "0", "offset": "1002", "because": "x", "sure": "yes"}

    otto = site.as_("seller:nord:otto", Scope.AGENT, Scope.OPERATOR)
    vera = site.as_("vendor:vendor:vera", Scope.AGENT)
    assert otto.send(path, **fields).status_code == 403
    assert vera.send(path, **fields).status_code == 403
    assert olga.send(path, token="", **fields).status_code == 403
    assert olga.send(path, origin="http://evil.example", **fields).status_code == 403
    with connect(site.database, STORE) as connection:
        assert connection.execute("select count(*) from workload.quarantine").fetchone() == (1,)
