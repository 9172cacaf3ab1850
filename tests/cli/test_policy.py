"""`casecore policy`: promises are checked, published with the calendar that was published, and shown."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest
from holidays.countries import Germany

from casecore.app.service_levels import pinning
from casecore.cases.commands import CaseCommand, EscalateCase, OpenCase
from casecore.cases.decider import CASES
from casecore.cases.topics import TOPICS
from casecore.commands.bus import CommandBus
from casecore.contract.cases import Category
from casecore.contract.envelope import Role
from casecore.decider.command import GivenActor
from casecore.evaluation.pinning import Pins
from casecore.service_levels.policy_file import load_policy
from tests.cli.asking import asked, error_of, run, use

FOLDER = Path("docs/service-levels")
BERLIN = str(FOLDER / "calendars" / "berlin.toml")
LEVEL_1 = str(FOLDER / "vendor-level-1.toml")


@pytest.fixture
def installation(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    use(database, monkeypatch)


def changed(folder: Path, old: str, new: str) -> str:
    """The vendor's level 1 with a change, beside a copy of its calendar."""
    (folder / "calendars").mkdir(exist_ok=True)
    (folder / "calendars" / "berlin.toml").write_bytes(Path(BERLIN).read_bytes())
    text = Path(LEVEL_1).read_text(encoding="utf-8")
    assert old in text
    path = folder / "level-1.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return str(path)


def test_checking_needs_no_server_and_says_what_a_policy_promises():
    shown = run("policy", "check", LEVEL_1)
    for line in (
        "Policy vendor-level-1, version 1, of vendor",
        "in force   2025-12-31 23:00:00 UTC = Thu 2026-01-01 00:00:00 +01:00",
        "calendar   berlin, version 1, Europe/Berlin, 2026-01-01 to 2030-12-31",
        "hand_over    8:00    4:00   1:00    0:30  no      75 %",
    ):
        assert line in shown
    assert max(map(len, shown.splitlines())) <= 80


def test_a_policy_waits_for_its_calendar_to_be_published(installation):
    # when its calendar is not published, then it is said how to
    error = error_of("policy", "publish", LEVEL_1)
    assert f"is not published: publish {BERLIN} first" in error
    assert f"try: casecore calendar publish {BERLIN}" in error
    # when it is, then the policy is published, once
    run("calendar", "publish", BERLIN)
    assert "policy vendor-level-1, version 1: published" in run("policy", "publish", LEVEL_1)
    assert "nothing to change" in run("policy", "publish", LEVEL_1)


def test_the_published_calendar_is_pinned_and_never_a_new_one(installation, monkeypatch):
    # given a published calendar, and a later program that knows other holidays
    run("calendar", "publish", BERLIN)
    calendar = asked("calendar", "show", "berlin")["calendar"]
    monkeypatch.setattr(Germany, "_populate_public_holidays", lambda _: None)
    # when the policy is published, then with the calendar as it was
    run("policy", "publish", LEVEL_1)
    assert asked("policy", "show", "vendor-level-1")["calendar"] == calendar


def test_a_calendars_file_that_says_something_else_than_what_is_published_is_refused(tmp_path, installation):
    run("calendar", "publish", BERLIN)
    policy = changed(tmp_path, "PT4H", "PT3H")
    calendar = tmp_path / "calendars" / "berlin.toml"
    calendar.write_text(calendar.read_text(encoding="utf-8").replace("17:00", "18:00"), encoding="utf-8")
    error = error_of("policy", "publish", policy)
    assert "version 1 of calendar berlin is published with another content than" in error
    assert "make the file version 2" in error


def test_another_content_needs_another_version(tmp_path, installation):
    run("calendar", "publish", BERLIN)
    run("policy", "publish", LEVEL_1)
    assert "make this one version 2" in error_of(
        "policy", "publish", changed(tmp_path, "PT4H", "PT3H"), exits=3
    )
    second = changed(tmp_path, "version = 1", "version = 2")
    run("policy", "publish", second)
    assert [(one["id"], one["version"]) for one in asked("policy", "list")] == [
        ("vendor-level-1", 1),
        ("vendor-level-1", 2),
    ]


def test_a_tie_with_another_policy_is_refused(tmp_path, installation):
    run("calendar", "publish", BERLIN)
    run("policy", "publish", LEVEL_1)
    error = error_of("policy", "publish", changed(tmp_path, '"vendor-level-1"', '"twin"'), exits=3)
    assert "The policy twin is as specific as vendor-level-1 (version 1)" in error


def test_what_is_wrong_is_reported_with_file_and_field(tmp_path, installation):
    error = error_of("policy", "check", changed(tmp_path, '"PT4H"', '"P1D"'))
    assert "level-1.toml: clocks.hand_over.target.normal: 'P1D' has more than hours" in error
    run("calendar", "publish", BERLIN)
    error = error_of("policy", "publish", changed(tmp_path, "in_force_from = 2026", "in_force_from = 2036"))
    assert (
        "level-1.toml: in_force_from: 2035-12-31T23:00:00+00:00 is not in the days of the calendar" in error
    )


def test_the_printed_policy_is_a_file_that_can_be_loaded(tmp_path, installation):
    run("calendar", "publish", BERLIN)
    run("policy", "publish", LEVEL_1)
    printed = tmp_path / "level-1.json"
    printed.write_text(run("policy", "show", "vendor-level-1", "--json"), encoding="utf-8")
    assert load_policy(printed, TOPICS) == load_policy(Path(LEVEL_1), TOPICS)
    assert asked("policy", "check", str(printed)) == asked("policy", "show", "vendor-level-1")


def test_the_list_fits_a_terminal(installation):
    for calendar, actor in (("berlin", "vendor:vendor:vera"), ("campus-evenings", "partner:campus:cora")):
        run("calendar", "publish", str(FOLDER / "calendars" / f"{calendar}.toml"), "--as", actor)
    run("policy", "publish", LEVEL_1)
    run("policy", "publish", str(FOLDER / "campus-user-support.toml"), "--as", "partner:campus:cora")
    for what in ("policy", "calendar"):
        shown = run(what, "list")
        assert max(map(len, shown.splitlines())) <= 80
    assert asked("policy", "list")[1]["match"] == {
        "topics": ["program_use"],
        "customers": ["praxis-ost", "praxis-west"],
    }


def test_the_printed_policy_is_not_published_again(tmp_path, installation):
    printed = tmp_path / "level-1.json"
    printed.write_bytes(msgspec.json.encode(load_policy(Path(LEVEL_1), TOPICS)))
    assert "level-1.json: is the published form" in error_of("policy", "publish", str(printed))


def test_in_whatever_order_policies_are_pinned_a_case_gets_the_one_that_goes_before(
    tmp_path, installation, database
):
    # given two cases that were there before any policy, and one for all and one for the first case's customer
    system = GivenActor("importer", "vendor", Role.SYSTEM)
    at = datetime(2026, 3, 2, 8, tzinfo=UTC)
    with CommandBus(database, [CASES], "vendor") as bus:
        for case in ("C-1", "C-2"):
            opening = OpenCase(
                customer=f"practice-of-{case}",
                seller="nord",
                category=Category.TECHNICAL_SUPPORT,
                topic="recovery",
            )
            for do in (opening, EscalateCase()):
                bus.give(CaseCommand(command_id=uuid4(), actor=system, occurred_at=at, case=case, do=do))
    run("calendar", "publish", BERLIN)
    run("policy", "publish", LEVEL_1)
    own = Path(changed(tmp_path, '"vendor-level-1"', '"for-one"'))
    own.write_text(own.read_text(encoding="utf-8") + '\n[match]\ncustomers = ["practice-of-C-1"]\n')
    run("policy", "publish", str(own))
    # when the one for all is pinned first, then it leaves the customer's case to the other one
    pinned = [asked("policy", "pin", name, "--reason", "imported") for name in ("vendor-level-1", "for-one")]
    assert [(one["pinned"], one["left_to_another"]) for one in pinned] == [(1, 1), (1, 0)]
    assert "pinned to 0 cases; 0 were refused" in run("policy", "pin", "for-one", "--reason", "imported")


def test_that_cases_are_left_to_another_policy_is_reported(installation, monkeypatch):
    run("calendar", "publish", BERLIN)
    run("policy", "publish", LEVEL_1)
    monkeypatch.setattr(pinning, "pins_for", lambda *_: [Pins(1.0, [], 1_234)])
    shown = run("policy", "pin", "vendor-level-1", "--reason", "imported")
    assert "1,234 cases are left to a policy that goes before it" in shown


def test_what_is_not_published_is_said_with_what_is(installation):
    assert "there is no policy vendor-level-1; published are: none" in error_of(
        "policy", "show", "vendor-level-1"
    )


def test_a_policy_is_encoded_as_the_contract_has_it(installation):
    run("calendar", "publish", BERLIN)
    run("policy", "publish", LEVEL_1)
    own = msgspec.json.encode(load_policy(Path(LEVEL_1), TOPICS)).decode()
    assert run("policy", "show", "vendor-level-1", "--json") == f"{own}\n"
