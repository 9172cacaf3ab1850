"""The files that commands write are whole, or are not there; what is no file is written to as it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from casecore.cli.commands.billing import explain
from casecore.cli.exits import errors_as_exits
from casecore.cli.row_forms import export
from casecore.contract.billing import DocumentIssued
from devtools.examples import examples
from tests.cli.asking import error_of, run
from tests.files.test_whole_file import room_for

PDF = b"%PDF" + bytes(100_000)


@pytest.fixture
def issued(monkeypatch: pytest.MonkeyPatch) -> DocumentIssued:
    """A document that was issued and archived."""
    one = next(fact.data for fact in examples() if isinstance(fact.data, DocumentIssued))

    @contextmanager
    def opened() -> Iterator[None]:
        with errors_as_exits():
            yield

    monkeypatch.setattr(explain, "opened", opened)
    monkeypatch.setattr(explain, "issued_document", lambda *_: one)
    monkeypatch.setattr(explain, "archived_pdf", lambda *_: PDF)
    return one


def test_a_pdf_that_the_disk_has_no_room_for_leaves_no_part_of_it(
    issued: DocumentIssued, tmp_path: Path
) -> None:
    path = tmp_path / "invoice.pdf"
    command = ("billing", "document", issued.number, "--pdf", str(path))
    with room_for(4_000):
        said = error_of(*command)
    # (at 80 columns the path breaks anywhere)
    assert "".join(f"{path}: File too large".split()) in "".join(said.split())
    assert list(tmp_path.iterdir()) == []
    # and the same command works once there is room,
    run(*command)
    assert path.read_bytes() == PDF
    # and never replaces what is there.
    assert "is there already: name another file" in error_of(*command)


def test_an_export_that_the_disk_has_no_room_for_leaves_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "ledger.csv"
    path.write_text("the one of yesterday")
    with room_for(4_000), pytest.raises(Exception, match=r"ledger\.csv cannot be written: File too large"):
        export(str(path), ("name",), [("x" * 100,)] * 1_000)
    assert path.read_text() == "the one of yesterday"
    assert list(tmp_path.iterdir()) == [path]
