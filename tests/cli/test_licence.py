"""`casecore licence`: a package's life on the command line, and thousands from a table."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import uuid4

import pytest

from tests.cli.asking import asked, error_of, run, use

ACTIVATE = "licence activate P-1 --customer praxis-ost --seller nord --type standard --program-version 7.2"
AS_IDA = ("--as", "seller:nord:ida")


@pytest.fixture(autouse=True)
def installation(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    use(database, monkeypatch)
    run("party", "import", "docs/examples/parties.csv", "--json")


def activate(*more: str) -> str:
    return run(*ACTIVATE.split(), "--from", "2024-02-29", *more)


def test_a_package_s_life():
    assert "P-1: activated; version 1" in activate(*AS_IDA)
    assert "P-1: nothing to change; version 1" in activate()
    assert "P-1: changed; version 2" in run("licence", "change", "P-1", "--seats", "5", *AS_IDA)
    assert "P-1: changed; version 3" in run("licence", "change", "P-1", "--single", *AS_IDA)
    assert "P-1: assigned; version 4" in run(
        "licence", "assign", "P-1", "--seller", "sued", "--from", "2026-01-01"
    )
    assert "version 5" in run("licence", "assign", "P-1", "--seller", "vendor", "--from", "2025-01-01")
    assert "P-1: cancelled; version 6" in run("licence", "cancel", "P-1", "--from", "2026-06-30")
    assert "P-1 is cancelled from 2026-06-30 on" in error_of(
        *ACTIVATE.split(), "--from", "2024-02-29", exits=3
    )
    shown = run("licence", "show", "P-1")
    for line in (
        "P-1, version 6",
        "  customer   praxis-ost",
        "  licence    standard, single; program version 7.2",
        "  activated  2024-02-29",
        "  cancelled  from 2026-06-30 on",
        "2025-01-01  vendor",
    ):
        assert line in shown
    assert max(map(len, shown.splitlines())) <= 80
    data = asked("licence", "show", "P-1")
    assert [one["seller"] for one in data["assignments"]] == ["nord", "vendor", "sued"]
    assert [event["what"] for event in data["events"]] == [
        "activated", "changed", "changed", "assigned", "assigned", "cancelled",
    ]  # fmt: skip
    assert "P-1: voided; version 7" in run("licence", "void", "P-1", "--reason", "typed twice")
    assert "P-1, version 7; void" in run("licence", "show", "P-1")


def test_what_was_recorded_wrongly_is_put_right_and_what_follows_for_its_charges_is_said():
    # Given a package that the vendor sold, cancelled before its second year, and charged
    run("billing", "price", "99", "--from", "2007-01-01")
    run(*ACTIVATE.replace("nord", "vendor").split(), "--from", "2024-02-29")
    run("licence", "cancel", "P-1", "--from", "2024-12-31")
    # Before anything is charged there is nothing to bill, which is said with its reason
    said = " ".join(run("billing", "invoice").split())
    assert "documents issued: none Not charged yet, so not billed" in said
    assert "praxis-ost P-1 1 0 2024-02-29 99.00 try: casecore billing run" in said
    assert asked("billing", "invoice")["uncharged"]["customers"][0]["packages"] == ["P-1"]
    run("billing", "run", "--until", "2025-12-31")
    # When the cancellation is withdrawn, then the years since are to be charged
    said = run("licence", "uncancel", "P-1")
    assert "P-1: cancellation withdrawn; version 3" in said
    assert "the next run charges 2 fees of 2025-02-28, 2026-02-28, EUR 198.00 net" in said
    again = asked("licence", "uncancel", "P-1")
    assert (again["events"], again["charges"]["reversals"]) == (0, [])
    assert [fee["period_start_on"] for fee in again["charges"]["fees"]] == ["2025-02-28", "2026-02-28"]
    # When the day of its activation is corrected, then the anniversaries are others
    said = run("licence", "correct", "P-1", "--activated-on", "2025-04-01")
    assert "P-1: activation corrected; version 4" in said
    assert "the next run reverses 1 fee of 2024-02-29, EUR 99.00 net and charges" in " ".join(said.split())
    assert "next fee: falls due on" in said
    assert "  activated  2025-04-01" in run("licence", "show", "P-1")
    # When the practice is sold, then its package goes along, and the new one owes from the next year on
    said = " ".join(
        run("licence", "transfer", "P-1", "--customer", "klinik-west", "--from", "2026-01-01").split()
    )
    assert "P-1: transferred; version 5" in said
    assert "an invoice to klinik-west bills 1 fee; an invoice to praxis-ost bills 1 fee" in said
    shown = run("licence", "show", "P-1")
    assert "  customer   klinik-west" in shown
    assert "2026-01-01  klinik-west" in shown
    data = asked("licence", "show", "P-1")
    assert [one["customer"] for one in data["customers"]] == ["praxis-ost", "klinik-west"]
    explained = " ".join(run("billing", "explain", "P-1").split())
    assert "klinik-west is the customer from 2026-01-01" in explained
    assert "the cancellation from 2024-12-31 is withdrawn" in explained
    assert "activated on 2025-04-01, not on 2024-02-29" in explained


def test_a_command_given_twice_is_stored_once():
    more = ("--command-id", str(uuid4()), "--at", "2026-03-02T09:30:00Z")
    activate(*more)
    assert "this command was given before; version 1" in activate(*more)
    [event] = asked("licence", "show", "P-1")["events"]
    assert event["occurred_at"] == "2026-03-02T09:30:00Z"


def test_what_is_wrong_is_said_and_changes_nothing():
    activate()
    for words, error, exits in (
        ("assign P-1 --seller sued --from 2024-02-29", "is assigned to nord already", 3),
        ("assign P-1 --seller sued --from 2024-02-28", "before the package was activated on 2024-02-29", 3),
        ("assign P-1 --seller west --from 2025-01-01", "seller is west", 3),
        ("cancel P-1 --from 2999-01-01", "at most two years from now", 3),
        ("cancel P-1 --from 1.3.2026", "--from '1.3.2026' is not a date; one is 2026-03-02", 2),
        ("change P-1", "The change names nothing", 3),
        ("change P-1 --seats 1", "greater than or equal to 2", 2),
        ("correct P-1 --activated-on 2999-01-01", "activated_on is 2999-01-01", 3),
        ("transfer P-1 --customer nord --from 2025-01-01", "customer is nord", 3),
        ("transfer P-1 --customer klinik-west --from 2024-02-29", "praxis-ost has the package", 3),
        ("void P-1 --as seller:nord:ida", "may not void this package", 3),
        ("change P-2 --seats 2", "There is no licence package P-2", 3),
        ("show P-2", "There is no licence package P-2", 3),
    ):
        assert error in error_of("licence", *words.split(), exits=exits)
    assert asked("licence", "show", "P-1")["version"] == 1


def test_thousands_are_imported_from_a_table_once(tmp_path: Path):
    file = tmp_path / "licences.csv"
    header = "package;customer;seller;licence_type;program_version;effective_on\n"
    rows = [f"P-{n};praxis-ost;nord;standard;7.2;2024-03-{n % 31 + 1:02}\n" for n in range(2_500)]
    broken = "P-9999;nobody;nord;standard;7.2;2024-03-01\n"
    file.write_text(header + "".join(rows) + broken, encoding="utf-8")
    imported = ("licence", "import", str(file), "--delimiter", "semicolon")
    summary = json.loads(run(*imported, *AS_IDA, "--json", exits=5))
    assert (summary["rows"], summary["stored"], summary["rejected"]) == (2_501, 2_500, 1)
    rejects = Path(summary["rejects"]).read_text(encoding="utf-8")
    assert "2502,customer,customer is nobody" in rejects.replace('"', "")
    # When it is imported again, then nothing new is stored.
    shown = " ".join(run(*imported, *AS_IDA, exits=5).split())
    assert "2,501 rows in " in shown
    assert "0 stored; 2,500 were imported before; 0 changed nothing; 1 rejected" in shown
    assert asked("licence", "show", "P-2499")["version"] == 1


def test_a_table_that_is_none_is_refused(tmp_path: Path):
    file = tmp_path / "licences.csv"
    file.write_text("package,costumer\nP-1,praxis-ost\n", encoding="utf-8")
    assert "has the column 'costumer'; the columns are action, package, customer" in error_of(
        "licence", "import", str(file)
    )
