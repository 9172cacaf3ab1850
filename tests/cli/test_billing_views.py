"""What the billing view answers on the command line: tables of 80 columns, JSON, and CSV for accountants."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from casecore.app.accounting_csv import BYTE_ORDER_MARK, cell
from casecore.cli.main import app
from casecore.cli.row_forms import export
from casecore.contract.billing import CorrectionReason, Obligor
from casecore.errors.kinds import InvalidInput
from tests.billing.histories import Books
from tests.billing.view import show
from tests.cli.asking import asked, error_of, run, use

HOSTILE = ["=1+1", "+49 30 1", "-nord", "@here", "\tx", "\rx", "  =cmd", "\n=cmd", "\u00a0=cmd"]
PLAIN = ["nord", "LP-1", "a=b", "", " ", "ünïcode, with a comma", 'a "quote"', "two\r\nlines", "'kept"]


def kept_books() -> Books:
    """A settled reseller, an invoice, a correction, a held buyer, and parties with awkward names."""
    kept = Books()
    for package in ("P-1", "P-2", "P-3", "P-4"):
        kept.fall_due(package, 2024)
    kept.settle("nord", 2024)
    kept.bill("practice")
    kept.hold("wien")
    kept.reverse("P-1")
    kept.fall_due("P-4", 2025)
    kept.fall_due("=LP", 2025, '=HYPERLINK("http://x","y")', Obligor.CUSTOMER)
    return kept


@pytest.fixture(autouse=True)
def _installation(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    use(database, monkeypatch)
    show(database, kept_books().events)


TABLES = [
    "ledger", "ledger --balance", "unbilled", "unbilled --buyer nord", "charges", "charges --yearly",
    "held", "documents", "statement nord --year 2024", "statement nord",
]  # fmt: skip


@pytest.mark.parametrize("command", TABLES)
def test_a_table_fits_80_columns_and_cuts_no_amount(command: str) -> None:
    printed = run("billing", *command.split())
    assert max(len(line) for line in printed.splitlines()) <= 80
    assert "…" not in printed
    assert re.search(r"\d\.\d\d\b", printed)


def test_the_ledger_is_shown_with_debits_and_credits_in_euros() -> None:
    printed = run("billing", "ledger", "--document", "R-000001").split("\n")
    words = [line.split() for line in printed if "R-000001" in line]
    assert [(w[2], w[3], w[4], w[5]) for w in words] == [
        ("receivable", "nord", "R-000001", "235.62"),
        ("unbilled", "nord", "R-000001", "198.00"),
        ("vat", "nord", "R-000001", "37.62"),
    ]
    assert "--after" in run("billing", "ledger", "--limit", "3")
    assert [line["account"] for line in asked("billing", "ledger", "--account", "vat")] == ["vat", "vat"]
    balance = run("billing", "ledger", "--balance")
    assert balance.split("all")[1].split()[-1] == "0.00"


def test_what_is_unbilled_is_data_for_a_program_with_its_sums() -> None:
    found = asked("billing", "unbilled", "--buyer", "nord")
    assert [(t["owed_by"], t["credits"], t["net_cents"]) for t in found["totals"]] == [("nord", 1, -9900)]
    assert [(i["package"], i["document"]) for i in found["items"]] == [("P-1", "R-000001")]


def test_a_statement_says_whether_it_is_whole_and_one_that_is_not_there_is_an_error() -> None:
    found = asked("billing", "statement", "nord", "--year", "2024")
    assert (found["is_whole"], found["settlement"]["gross_cents"]) == (True, 23562)
    assert len(found["lines"]) == 2
    assert "no settlement of nord for 2023" in error_of("billing", "statement", "nord", "--year", "2023")
    assert asked("billing", "statement", "practice")["balance_cents"] == 11781


def test_a_day_that_is_none_and_two_forms_at_once_are_refused() -> None:
    assert "not a date" in error_of("billing", "ledger", "--since", "2024-02-30")
    assert "leave one out" in error_of("billing", "ledger", "--csv", "x.csv", "--json")
    assert "leave --owed-by out" in error_of("billing", "charges", "--yearly", "--owed-by", "nord")


# CSV for accountants


def rows_of(exported: bytes) -> list[dict[str, str]]:
    assert exported.startswith(BYTE_ORDER_MARK)
    return list(csv.DictReader(io.StringIO(exported.decode("utf-8-sig"), newline=""), strict=True))


@pytest.mark.parametrize(
    ("command", "rows"),
    [
        ("ledger", 20), ("ledger --balance", 4), ("unbilled", 4), ("charges", 6), ("charges --yearly", 6),
        ("statement nord --year 2024", 2), ("statement nord", 1),
    ],
)  # fmt: skip
def test_an_export_has_every_row_and_amounts_in_euros(command: str, rows: int, tmp_path: Path) -> None:
    # given a limit that is for people
    file = tmp_path / "out.csv"
    limited = [] if "--balance" in command or "statement" in command else ["--limit", "1"]
    printed = run("billing", *command.split(), *limited, "--csv", str(file))
    found = rows_of(file.read_bytes())
    assert len(found) == rows
    assert f"{rows} rows written" in printed
    assert not any(name.endswith("_cents") for name in found[0])
    amounts = [value for row in found for name, value in row.items() if name.endswith("_eur")]
    assert amounts
    assert all(value == f"{float(value):.2f}" for value in amounts)
    assert [each.name for each in tmp_path.iterdir()] == ["out.csv"]


def test_an_export_to_standard_output_is_the_same_and_nothing_else(tmp_path: Path) -> None:
    run("billing", "unbilled", "--csv", str(tmp_path / "out.csv"))
    done = CliRunner().invoke(app, ["billing", "unbilled", "--csv", "-"])
    assert done.stdout_bytes == (tmp_path / "out.csv").read_bytes()


def test_an_exported_name_that_is_a_formula_is_made_harmless_and_a_credit_stays_a_number(
    tmp_path: Path,
) -> None:
    run("billing", "unbilled", "--csv", str(tmp_path / "out.csv"))
    found = {row["package"]: row for row in rows_of((tmp_path / "out.csv").read_bytes())}
    assert found["'=LP"]["owed_by"] == '\'=HYPERLINK("http://x","y")'
    assert (found["P-1"]["net_eur"], found["P-1"]["item"]) == ("-99.00", "credit")
    assert (found["P-4"]["due_on"], found["P-3"]["is_held"]) == ("2025-03-01", "yes")


@pytest.mark.parametrize("text", HOSTILE)
def test_a_cell_that_begins_like_a_formula_gets_an_apostrophe(text: str) -> None:
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize("text", PLAIN)
def test_any_other_cell_stays_as_it_is(text: str) -> None:
    assert cell(text) == text


@given(
    rows=st.lists(
        st.tuples(st.sampled_from(HOSTILE + PLAIN) | st.text(max_size=8), st.integers(-(10**12), 10**12)),
        max_size=5,
    )
)
def test_whatever_a_cell_holds_is_read_back_and_begins_no_formula(
    rows: list[tuple[str, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    rows = [(text.encode("utf-8", "replace").decode(), cents) for text, cents in rows]
    file = tmp_path_factory.mktemp("csv") / "out.csv"
    assert export(str(file), ("name", "net_cents"), rows).rows == len(rows)
    found = rows_of(file.read_bytes())
    assert [row["name"] for row in found] == [cell(text) for text, _ in rows]
    assert not any(row["name"].strip().startswith(("=", "+", "-", "@")) for row in found)
    assert [round(float(row["net_eur"]) * 100) for row in found] == [cents for _, cents in rows]


def test_an_id_and_a_place_in_the_log_are_cells_as_they_are() -> None:
    assert cell(UUID(int=5)) == "00000000-0000-0000-0000-000000000005"
    values: list[Any] = [-5, None, True]
    assert [cell(value) for value in values] == ["-5", "", "yes"]


def test_an_export_that_fails_leaves_what_stood_there(tmp_path: Path) -> None:
    file = tmp_path / "out.csv"
    file.write_text("before")

    def failing() -> Any:
        yield ("a", 1)
        raise KeyError("the database is unavailable")

    with pytest.raises(KeyError):
        export(str(file), ("name", "net_cents"), failing())
    assert file.read_text() == "before"
    assert [each.name for each in tmp_path.iterdir()] == ["out.csv"]
    with pytest.raises(InvalidInput, match="cannot be written"):
        export(str(tmp_path / "no" / "out.csv"), ("name",), [])
    with pytest.raises(InvalidInput, match="is a folder"):
        export(str(tmp_path), ("name",), [])


def test_a_corrected_document_says_what_corrects_it(database: str) -> None:
    kept = kept_books()
    kept.correct(CorrectionReason.REVERSED)
    show(database, kept.events)
    numbers = {document["number"]: document for document in asked("billing", "documents")}
    assert numbers["R-000001"]["corrected_by"] == ["R-000003"]
    assert numbers["R-000003"]["gross_cents"] == -11781
    assert "see R-000003" in run("billing", "documents", "--buyer", "nord", "--kind", "settlement")
