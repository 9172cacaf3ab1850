"""`casecore sla` at an instant of the past, and as it was known then; no view is needed for that."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.cli.asking import asked, error_of, run, use

OPENING = ("case", "open", "--customer", "praxis", "--seller", "nord", "--topic", "recovery")


@pytest.fixture(autouse=True)
def _a_case(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A case that was opened two hours ago, with a policy that covers it."""
    use(database, monkeypatch)
    run("calendar", "publish", "docs/service-levels/calendars/berlin.toml")
    run("policy", "publish", "docs/service-levels/vendor-end-to-end.toml")
    run(*OPENING, "--reference", "C-1", "--at", ago(120), "--as", "seller:nord:ida")


def ago(minutes: int) -> str:
    return (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat()


def test_what_was_resolved_since_is_still_due_as_known_then() -> None:
    # Given that the case was open, by what was recorded
    then = datetime.now(UTC).isoformat()
    due = asked("sla", "due", "--recorded-by", then)
    assert "resolution" in {clock["clock"] for clock in due}
    # When it becomes known that it had been resolved an hour ago
    run("case", "take", "C-1", "--at", ago(110), "--as", "seller:nord:ida")
    run("case", "resolve", "C-1", "--at", ago(60), "--as", "seller:nord:ida")
    # Then the answer of that instant is the same as known then, and another as known now
    assert asked("sla", "due", "--recorded-by", then) == due
    now = datetime.now(UTC).isoformat()
    assert asked("sla", "due", "--at", ago(30), "--recorded-by", now) == []
    clocks = asked("sla", "case", "C-1", "--at", ago(90))["clocks"]
    assert {clock["status"] for clock in clocks if clock["clock"] == "resolution"} == {"running"}
    # and a person is shown the same
    assert "What falls due next (0)" in run("sla", "due", "--recorded-by", now)
    assert "Attainment" in run("sla", "report", "--recorded-by", now)


def test_a_report_is_narrowed_to_whose_case_it_was() -> None:
    # Given a case that ida took and resolved
    run("case", "take", "C-1", "--agent", "ida", "--at", ago(110), "--as", "seller:nord:ida")
    run("case", "resolve", "C-1", "--at", ago(60), "--as", "seller:nord:ida")
    now = ("--clock", "resolution", "--recorded-by", datetime.now(UTC).isoformat())
    # When the report is asked for, narrowed to what the case is, then it counts there, and nowhere else
    for mine, others in (
        (("--agent", "ida"), ("--agent", "vera")),
        (("--customer", "praxis"), ("--customer", "klinik")),
        (("--seller", "nord"), ("--seller", "sued")),
        (("--topic", "recovery"), ("--topic", "activation")),
        (("--policy", "vendor-end-to-end"), ("--policy", "vendor-level-1")),
    ):
        assert [line["met"] for line in asked("sla", "report", *now, *mine)["attainment"]] == [1], mine
        assert asked("sla", "report", *now, *others)["attainment"] == [], others
    # and the cases behind a figure are as many as it says, with who had them
    report = asked("sla", "report", *now, "--cases")
    behind = [(case["reference"], case["outcome"], case["agent"]) for case in report["cases"]]
    assert behind == [("C-1", "met", "ida")]
    printed = run("sla", "report", *now, "--cases")
    assert "C-1" in printed
    assert " ida" in printed
    assert max(map(len, printed.splitlines())) <= 80
    assert "--topic 'recoverie' is not a topic; these are: " in error_of(
        "sla", "report", "--topic", "recoverie"
    )


def test_a_report_says_why_a_month_changed() -> None:
    # Given a case that was resolved, and reopened
    run("case", "take", "C-1", "--agent", "ida", "--at", ago(110), "--as", "seller:nord:ida")
    run("case", "resolve", "C-1", "--at", ago(60), "--as", "seller:nord:ida")
    before = datetime.now(UTC).isoformat()
    run("case", "reopen", "C-1", "--as", "customer:praxis:dr-oehler")
    # When the report is asked for
    resolution = ("--clock", "resolution", "--recorded-by")
    report = asked("sla", "report", *resolution, datetime.now(UTC).isoformat(), "--cases")
    # Then it was met as known before, and now it says that it runs again
    (met,) = asked("sla", "report", *resolution, before)["attainment"]
    assert met["met"] == 1
    assert report["attainment"] == []
    (changed,) = report["revisions"]
    assert (changed["month"], changed["clocks_restarted"]) == (met["month"], 1)
    assert [case["outcome"] for case in report["cases"]] == ["restarted"]
    printed = run("sla", "report", *resolution, datetime.now(UTC).isoformat())
    assert "What changed these months afterwards" in printed
    assert max(map(len, printed.splitlines())) <= 80


def test_before_a_case_was_opened_or_recorded_it_has_no_clocks() -> None:
    assert "C-1 was not opened by" in error_of("sla", "case", "C-1", "--at", ago(240))
    assert "was not recorded by then" in error_of("sla", "case", "C-1", "--recorded-by", ago(100))
    assert asked("sla", "due", "--recorded-by", ago(100)) == []


def test_what_happened_after_the_knowledge_is_refused() -> None:
    refused = error_of("sla", "report", "--at", ago(10), "--recorded-by", ago(20))
    assert "Name a later --recorded-by, or an earlier --at" in refused


def test_what_falls_due_is_listed_with_its_case_and_found_by_who_has_it() -> None:
    # Given a case that an agent has
    run("case", "take", "C-1", "--agent", "ida", "--as", "seller:nord:ida")
    now = ("--recorded-by", (datetime.now(UTC) + timedelta(minutes=1)).isoformat())
    # When what falls due is asked for
    (due,) = [clock for clock in asked("sla", "due", *now) if clock["clock"] == "resolution"]
    # Then it says whose case it is, how it stands, and who has it
    named = ("customer", "seller", "topic", "state", "case_organisation", "case_agent")
    assert [due[name] for name in named] == ["praxis", "nord", "recovery", "reseller_l0", "nord", "ida"]
    # and it is found by each of these, and by how soon it falls due
    for found in (("--agent", "ida"), ("--customer", "praxis"), ("--seller", "nord"), ("--within", "10000h")):
        assert due in asked("sla", "due", *now, *found), found
    for other in (("--agent", "vera"), ("--customer", "klinik"), ("--seller", "sued"), ("--within", "0h")):
        assert due not in asked("sla", "due", *now, *other), other
    printed = run("sla", "due", *now)
    assert " ida" in printed
    assert max(map(len, printed.splitlines())) <= 80
    assert "one is 2h, 90m or 1h30m" in error_of("sla", "due", "--within", "soon")
