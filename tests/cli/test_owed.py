"""`casecore billing owed`: what was due, billed and owed on a day, for people, programs and accountants."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from tests.billing.histories import Books
from tests.billing.view import store
from tests.cli.asking import asked, error_of, run, use


@pytest.fixture(autouse=True)
def kept(database: str, monkeypatch: pytest.MonkeyPatch) -> Books:
    """A reseller that is settled, a customer that is not billed yet, and a fee that is taken back."""
    use(database, monkeypatch)
    kept = Books()
    for package in ("P-1", "P-2", "P-4"):
        kept.fall_due(package, 2024)
    kept.settle("nord", 2024)
    kept.reverse("P-1")
    kept.fall_due("P-4", 2027)
    store(database, kept.events)
    return kept


def test_what_was_due_billed_and_owed_on_a_day(kept: Books, tmp_path: Path) -> None:
    # When it is asked for a day on which the documents are issued, then a later year's fee is not due
    issued_on = str(kept.documents[0].issued_on)
    found = asked("billing", "owed", "--at", issued_on)
    of = {owed["party"]: owed for owed in found["parties"]}
    assert (of["practice"]["due_net_cents"], of["practice"]["owed_gross_cents"]) == (9_900, 0)
    # and of the two fees that were billed, one is to be taken back
    nord = of["nord"]
    assert (nord["due_net_cents"], nord["billed_net_cents"], nord["unbilled_net_cents"]) == (
        9_900,
        19_800,
        -9_900,
    )
    assert (nord["vat_cents"], nord["owed_gross_cents"]) == (3_762, 23_562)
    assert (found["total"]["due_net_cents"], found["behind"], found["left_out"]) == (19_800, 0, [])
    # and a person is shown the same, within 80 columns, with the sums
    printed = run("billing", "owed", "--at", issued_on)
    assert printed.splitlines()[-1].split() == ["all", "198.00", "198.00", "0.00", "37.62", "235.62"]
    assert max(map(len, printed.splitlines())) <= 80
    # and so are accountants
    file = tmp_path / "owed.csv"
    run("billing", "owed", "--at", issued_on, "--csv", str(file))
    assert [row["party"] for row in csv.DictReader(file.read_text(encoding="utf-8-sig").splitlines())] == [
        "nord",
        "practice",
    ]
    assert [owed["party"] for owed in asked("billing", "owed", "nord")["parties"]] == ["nord"]


def test_as_known_then_is_without_what_was_recorded_since(kept: Books) -> None:
    # Given what was recorded before a fee was taken back
    before = kept.events[-3].recorded_at.isoformat()
    found = asked("billing", "owed", "nord", "--recorded-by", before)
    # Then the fee is due, as known then
    assert found["total"]["due_net_cents"] == found["total"]["billed_net_cents"] == 19_800
    assert found["as_of"] == found["recorded_by"]
    # and at the end of 2024 nothing of it was recorded, and it is said which options hide it
    printed = run("billing", "owed", "--at", "2024-12-31", "--as-known")
    assert "Nothing was recorded by then: without --as-known" in " ".join(printed.split())
    assert asked("billing", "owed", "--at", "2024-12-31")["total"]["due_net_cents"] == 19_800


def test_what_does_not_go_together_is_refused() -> None:
    assert "leave one out" in error_of("billing", "owed", "--as-known", "--recorded-by", "2026-01-01T00:00Z")
    assert "is not a date" in error_of("billing", "owed", "--at", "soon")
    assert "no calendar reaches" in error_of("billing", "owed", "--at", "9999-12-31", "--as-known")


def test_the_page_shows_what_is_printed_with_the_example_tables(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given the example tables, and what fell due until the middle of 2026
    store(database, ())
    monkeypatch.setenv("CASECORE_ACTOR", "vendor:vendor:vera")
    run("party", "import", "docs/examples/parties.csv")
    run("licence", "import", "docs/examples/licences.csv")
    run("billing", "price", "99.00", "--from", "2007-01-01")
    run("billing", "run", "--until", "2026-06-30")
    # Then docs/billing.md shows what was owed at the end of 2025
    [(command, shown)] = re.findall(
        r"```console\n\$ casecore (.*)\n([\s\S]*?)```", Path("docs/billing.md").read_text(encoding="utf-8")
    )
    assert plain(run(*command.split())) == plain(shown)


def plain(text: str) -> list[str]:
    return [line.rstrip() for line in text.strip().splitlines()]
