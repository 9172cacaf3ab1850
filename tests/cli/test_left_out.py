"""What only a newer program can read is named: on the screen, and beside an export."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer

from casecore.cli.exits import Exit
from casecore.cli.left_out import MOST_NAMED, print_left_out
from casecore.cli.row_forms import TO_STANDARD_OUTPUT, export_rows

ROWS = [("L-1", 9_900)]


def test_an_export_that_lacks_something_is_written_names_it_and_ends_with_5(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit) as ended:
        export_rows(str(tmp_path / "ledger.csv"), ("package", "net_cents"), ROWS, ("L-2", "nord"))
    assert ended.value.exit_code == Exit.DIFFERENCE
    assert (tmp_path / "ledger.csv").read_text(encoding="utf-8-sig").splitlines()[1] == "L-1,99.00"
    said = " ".join(capsys.readouterr().err.split())
    assert "left out, since only a newer program can read them: L-2, nord; update this program" in said


def test_an_export_to_standard_output_holds_rows_only(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    with pytest.raises(typer.Exit):
        export_rows(TO_STANDARD_OUTPUT, ("package", "net_cents"), ROWS, ("L-2",))
    printed, said = capfdbinary.readouterr()
    assert printed.count(b"\n") == 2
    assert b"L-2" not in printed
    assert b"L-2" in said


def test_an_export_that_lacks_nothing_ends_as_it_did(tmp_path: Path) -> None:
    export_rows(str(tmp_path / "ledger.csv"), ("package", "net_cents"), ROWS, ())


def test_of_many_the_first_are_named_and_all_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    print_left_out([f"C-{number:04}" for number in range(MOST_NAMED + 1_234)])
    said = " ".join(capsys.readouterr().out.split())
    assert "C-0000, C-0001" in said
    assert "C-0009 and 1,234 more" in said
