"""Tables of parties and licence packages, through the real bus into a real store."""

from __future__ import annotations

import csv
import gzip
import json
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import Future
from functools import partial
from pathlib import Path

import pytest

from casecore.commands import window
from casecore.commands.batch import Answer
from casecore.commands.bus import CommandBus
from casecore.commands.window import Window
from casecore.contract.envelope import Role
from casecore.contract.streams import package_stream_id
from casecore.contract.types import EVENT_TYPES
from casecore.decider.command import GivenActor
from casecore.imports.errors import InvalidRejectsPath, SourceBroken
from casecore.imports.registers import table_importer
from casecore.imports.registers.licence_rows import LICENCE_TABLE
from casecore.imports.registers.party_rows import PARTY_TABLE
from casecore.imports.registers.table_importer import TableSummary, import_table
from casecore.imports.registers.tables import ImportTable
from casecore.licences.decider import LICENCES
from casecore.licences.package import Package, evolve
from casecore.parties.decider import PARTIES
from casecore.postgres.errors import DatabaseUnavailable
from casecore.store.log import LogReader
from casecore.store.migrations import migrate
from tests.waiting import LIMIT_SECONDS

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
VERA = GivenActor("vera", "vendor", Role.VENDOR)
NORDS_AGENT = GivenActor("ida", "nord", Role.SELLER)

PARTY_HEADER = "party,roles,name,street,postal_code,city,country"
HEADER = "package,action,customer,seller,licence_type,program_version,seats,effective_on,from_on,single"
ROW = "P-1,activate,praxis-ost,nord,standard,7.2,,2024-03-01,,"


class Store:
    """A store with the parties of the example, and tables that are imported into it."""

    def __init__(self, database: str, folder: Path) -> None:
        self.database = database
        self.file = folder / "table.csv"
        migrate(database)
        assert self.take(EXAMPLES / "parties.csv", PARTY_TABLE).rejected == 0

    def take(
        self, path: Path, table: ImportTable = LICENCE_TABLE, actor: GivenActor = VERA, **more
    ) -> TableSummary:
        """Import this file."""
        rejects = more.pop("rejects", self.file.with_name("rejects.csv"))
        with CommandBus(self.database, [PARTIES, LICENCES], "vendor") as bus:
            return import_table(path, table, bus.sequence(), actor, rejects=rejects, **more)

    def rows(self, *lines: str, header: str = HEADER, **more) -> TableSummary:
        """Import a table of these lines."""
        self.file.write_text("\n".join([header, *lines, ""]), encoding="utf-8")
        return self.take(self.file, **more)

    def rejected(self) -> list[dict[str, str]]:
        """The rows that were rejected last."""
        with self.file.with_name("rejects.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def events(self) -> int:
        with LogReader(self.database) as log:
            return log.count()

    def package(self, reference: str) -> Package | None:
        found: Package | None = None
        with LogReader(self.database) as log:
            for stored in log.stream(package_stream_id(reference)):
                found = evolve(found, EVENT_TYPES.decode(stored.type, stored.body))
        return found


@pytest.fixture
def store(database: str, tmp_path: Path) -> Store:
    return Store(database, tmp_path)


def counts(summary: TableSummary) -> tuple[int, int, int, int]:
    return summary.stored, summary.unchanged, summary.repeated, summary.rejected


def test_the_example_of_the_documentation_is_imported_whole_and_once(store) -> None:
    summary = store.take(EXAMPLES / "licences.csv")
    assert counts(summary) == (8, 0, 0, 0)
    found = store.package("P-1001")
    assert found is not None
    assert [(one.from_on.isoformat(), one.seller) for one in found.licence.assignments] == [
        ("2023-02-28", "nord"),
        ("2025-07-01", "sued"),
    ]
    assert store.package("P-1002").licence.seats == 40
    assert store.package("P-1003").licence.cancelled_from_on.isoformat() == "2025-02-28"
    assert store.package("P-1004").licence.is_void
    # When both files are imported again, then nothing new is stored.
    before = store.events()
    assert counts(store.take(EXAMPLES / "licences.csv")) == (0, 0, 8, 0)
    assert counts(store.take(EXAMPLES / "parties.csv", PARTY_TABLE)) == (0, 0, 6, 0)
    assert store.events() == before


def test_by_another_person_it_is_decided_again_and_changes_nothing(store) -> None:
    store.rows(ROW)
    assert counts(store.rows(ROW, actor=NORDS_AGENT)) == (0, 1, 0, 0)


@pytest.mark.parametrize(
    ("row", "field", "reason"),
    [
        ("P-2,explode,,,,,,,,", "action", "is 'explode'; the actions are activate, change, assign"),
        (",activate,praxis-ost,nord,standard,7.2,,2024-03-01,,", "package", "is empty"),
        ("P-2,activate,,nord,standard,7.2,,2024-03-01,,", "customer", "is empty; activate needs it"),
        ("P-2,,praxis-ost,nord,standard,7.2,,,,", "effective_on", "is empty; activate needs it"),
        ("P-2,activate,praxis-ost,nord,standard,7.2,one,2024-03-01,,", "seats", "is 'one': give a whole"),
        ("P-2,activate,praxis-ost,nord,standard,7.2,1,2024-03-01,,", "seats", "2 to 100000 seats"),
        ("P-2,activate,praxis-ost,nord,standard,7.2,,01.03.2024,,", "effective_on", "YEAR-MONTH-DAY"),
        ("P-2,activate,praxis-ost,nord,standard,7.2,,2023-02-29,,", "effective_on", "no such day"),
        ("P-2,activate,praxis-ost,nord,standard,7.2,,1989-12-31,,", "effective_on", "from 1990-01-01"),
        ("P-2,activate,nord,nord,standard,7.2,,2024-03-01,,", "customer", "customer is nord"),
        ("P-2,activate,praxis-ost,west,standard,7.2,,2024-03-01,,", "seller", "seller is west"),
        (f"P-2,activate,praxis-ost,nord,{'x' * 101},7.2,,2024-03-01,,", "licence_type", "length <= 100"),
        ("P-2,cancel,,,,,,,2025-01-01,", "package", "There is no licence package P-2"),
        ("P-1,assign,,sued,,,,,2024-02-29,", "from_on", "before the package was activated"),
        ("P-1,assign,,sued,,,,,2024-03-01,", "seller", "nord already"),
        ("P-1,cancel,,nord,,,,,2025-01-01,", "seller", "does not go with cancel: leave it empty"),
        ("P-1,change,,,,,,,,no", "single", "is 'no': write yes"),
        ("P-1,activate,praxis-ost,nord,standard,7.3,,2024-03-01,,", "package", "another program_version"),
        ("P-1,cancel", "", "the row has 2 fields, the header 10"),
        ('P-1,"cancel', "", "cannot be read"),
        (f"P-1,void,{' ' * 9_000},,,,,,,", "", "more than 8000 characters"),
    ],
)
def test_a_broken_row_names_row_and_field_and_the_others_are_stored(store, row, field, reason) -> None:
    # Given a broken row behind a sound one,
    summary = store.rows(ROW, row)
    # then the sound one is stored, and the broken one listed with its line and what would be right.
    assert counts(summary) == (1, 0, 0, 1)
    assert summary.rejects == str(store.file.with_name("rejects.csv"))
    [rejected] = store.rejected()
    assert (rejected["line"], rejected["field"]) == ("3", field)
    assert reason in rejected["reason"]
    assert field in rejected["reason"]
    assert json.loads(rejected["row"]).get("package", "") == row.split(",")[0] or not field
    assert store.package("P-2") is None


@pytest.mark.parametrize(
    ("row", "field", "reason"),
    [
        ("ost,reseller,Ost,Weg 1,10115,Berlin,XX", "country", "country is XX"),
        ("ost,reseller boss,Ost,Weg 1,10115,Berlin,DE", "roles", "of vendor, reseller"),
        ("ost,vendor,Ost,Weg 1,10115,Berlin,DE", "roles", "since vendor is"),
        ("ost,,Ost,Weg 1,10115,Berlin,DE", "roles", "is empty; register needs it"),
        ("nord,reseller,Ost,Weg 1,10115,Berlin,DE", "party", "change it"),
        ("ost,reseller,O\u200bst,Weg 1,10115,Berlin,DE", "name", "nobody sees: U+200B"),
    ],
)
def test_a_broken_party_names_row_and_field(store, row, field, reason) -> None:
    assert counts(store.rows(row, header=PARTY_HEADER, table=PARTY_TABLE)) == (0, 0, 0, 1)
    [rejected] = store.rejected()
    assert (rejected["line"], rejected["field"]) == ("2", field)
    assert reason in rejected["reason"]


def test_a_fixed_row_is_imported_with_all_that_built_on_it(store) -> None:
    # Given a rejected activation, and so all that follows for its package,
    later = ("P-1,assign,,sued,,,,,2025-01-01,", "P-1,cancel,,,,,,,2026-01-01,")
    assert counts(store.rows(ROW.replace("nord", "nrod"), *later)) == (0, 0, 0, 3)
    # when it is corrected and the file imported again, then all is there, and no rejects are left.
    assert counts(store.rows(ROW, *later)) == (3, 0, 0, 0)
    assert not store.file.with_name("rejects.csv").exists()
    # And corrected rows in a file of their own are the same rows.
    assert counts(store.rows(later[1])) == (0, 0, 1, 0)


def test_rows_that_say_the_same_again_are_taken_in_their_order(store) -> None:
    # Given a version that was changed, and changed back,
    change = "P-1,change,,,,{},,,,"
    rows = (ROW, change.format("7.3"), change.format("7.2"), change.format("7.3"))
    assert counts(store.rows(*rows)) == (4, 0, 0, 0)
    assert store.package("P-1").licence.program_version == "7.3"
    # when it is imported again, then nothing is stored.
    assert counts(store.rows(*rows)) == (0, 0, 4, 0)


def test_what_was_said_before_is_new_with_the_time_at_which_it_happened(store) -> None:
    header = f"{HEADER},occurred_at"
    cancel = "P-1,cancel,,,,,,,{},,{}"
    store.rows(ROW, "P-1,cancel,,,,,,,2026-01-01,", "P-1,cancel,,,,,,,2027-01-01,")
    assert counts(store.rows(cancel.format("2026-01-01", ""), header=header)) == (0, 0, 1, 0)
    at = "2025-03-02T09:30:00+01:00"
    assert counts(store.rows(cancel.format("2026-01-01", at), header=header)) == (1, 0, 0, 0)
    assert store.package("P-1").licence.cancelled_from_on.isoformat() == "2026-01-01"
    for wrong in ("2025-03-02T09:30:00", "yesterday", "2999-01-01T00:00:00Z"):
        assert counts(store.rows(cancel.format("2026-01-01", wrong), header=header)) == (0, 0, 0, 1)
        assert store.rejected()[0]["field"] == "occurred_at"


def test_columns_stand_in_any_order_and_blanks_do_not_count(store) -> None:
    header = "effective_on;seller;customer;program_version;licence_type;package"
    row = "2024-03-01 ; nord;praxis-ost;7.2; standard;P-1 "
    assert counts(store.rows(row, header=header, delimiter=";")) == (1, 0, 0, 0)
    assert counts(store.rows(ROW)) == (0, 0, 1, 0)


def test_an_unknown_or_missing_column_is_refused_and_nothing_is_stored(store) -> None:
    before = store.events()
    with pytest.raises(SourceBroken, match="line 1: has the column 'sellr'; the columns are action, package"):
        store.rows("P-1", "P-1,activate,nord,standard", header="package,action,sellr,licence_type")
    with pytest.raises(SourceBroken, match="has no column 'package'"):
        store.rows(ROW, header=HEADER.replace("package", "reference"))
    with pytest.raises(SourceBroken, match="has no header"):
        store.rows(header="")
    assert store.events() == before


def test_a_file_that_breaks_off_is_imported_up_to_there(store) -> None:
    lines = [HEADER, *(ROW.replace("P-1", f"P-{number}") for number in range(3_000))]
    whole = gzip.compress("\n".join(lines).encode())
    store.file.write_bytes(whole[: len(whole) * 3 // 4])
    summary = store.take(store.file)
    assert 0 < summary.stored < 3_000
    assert summary.rows == summary.stored
    assert "the gzip data is damaged or cut off" in summary.broken_off
    # When the whole file comes, then the rest is stored.
    store.file.write_bytes(whole)
    assert counts(store.take(store.file)) == (3_000 - summary.stored, 0, summary.stored, 0)


def test_the_file_itself_is_never_overwritten_by_its_rejects(store) -> None:
    store.file.write_text(f"{HEADER}\n{ROW}\n")
    with pytest.raises(InvalidRejectsPath, match="is the file"):
        store.take(store.file, rejects=store.file)
    store.file.with_name("rejects.csv").write_text("line,case,place,reason,row\n")
    with pytest.raises(InvalidRejectsPath, match="no header line,field,reason,row"):
        store.take(store.file)


class AnsweringBus:
    """Answers when it is asked to, and counts what waits; from a command on it fails."""

    def __init__(self, fails_from: int | None = None) -> None:
        self.given = 0
        self.most_waiting = 0
        self._waiting: list[tuple[int, Future[Answer]]] = []
        self._fails_from = fails_from

    def submit(self, _) -> Future[Answer]:
        self.given += 1
        future: Future[Answer] = Future()
        self._waiting.append((self.given, future))
        self.most_waiting = max(self.most_waiting, len(self._waiting))
        return future

    def answer_all(self) -> None:
        for number, future in self._waiting:
            if self._fails_from is not None and number >= self._fails_from:
                future.set_exception(DatabaseUnavailable("PostgreSQL does not answer"))
            else:
                future.set_result(Answer(package_stream_id("P"), package_stream_id("P"), 1, 1, ("x.v1",)))
        self._waiting.clear()


def many_rows(count: int) -> Iterator[str]:
    yield HEADER
    for number in range(count):
        yield ROW.replace("P-1", f"P-{number}")


def print_peaks(folder: str) -> None:
    """What tables of 250 and of 2,000 rows take, in bytes, and how many rows were under way at most."""
    path, bus = Path(folder) / "table.csv", AnsweringBus()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(table_importer, "Window", partial(Window, size=50))
        patch.setattr(window, "wait", lambda _: bus.answer_all())
        patch.setattr("casecore.imports.places.RECENT_CASES", 100)
        for count in (250, 2_000):
            path.write_text("\n".join(many_rows(count)))
            tracemalloc.start()
            assert import_table(path, LICENCE_TABLE, bus, VERA).stored == count
            print(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
    print(bus.most_waiting)


def test_memory_is_bounded_however_long_the_table_is(tmp_path) -> None:
    # Given a window of 50 rows, a bus that answers only when one waits for it, and a process of its own:
    # the more another test leaves in one, the more rarely its garbage is collected
    script = (
        "import importlib.util, sys; spec = importlib.util.spec_from_file_location('table', sys.argv[1]); "
        "table = importlib.util.module_from_spec(spec); spec.loader.exec_module(table); "
        "table.print_peaks(sys.argv[2])"
    )
    command = [sys.executable, "-c", script, __file__, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_SECONDS, check=True)
    short, long, most_waiting = map(int, done.stdout.split())
    # then no more are ever under way, and a table eight times as long takes no more memory.
    assert most_waiting == 50
    assert long < short * 1.5


def test_a_store_that_goes_away_ends_the_import_and_leaves_the_earlier_rejects(tmp_path, monkeypatch) -> None:
    path, bus = tmp_path / "table.csv", AnsweringBus(fails_from=50)
    earlier = tmp_path / "table.csv.rejects.csv"
    earlier.write_text("line,field,reason,row\r\n2,seller,earlier,{}\r\n", newline="")
    monkeypatch.setattr(table_importer, "Window", partial(Window, size=100))
    monkeypatch.setattr(window, "wait", lambda _: bus.answer_all())
    path.write_text("\n".join(many_rows(1_000)))
    with pytest.raises(DatabaseUnavailable):
        import_table(path, LICENCE_TABLE, bus, VERA)
    assert bus.given == 100
    assert "earlier" in earlier.read_text()
    assert not list(tmp_path.glob("*.part"))


def test_the_documentation_names_every_column_and_action() -> None:
    text = (EXAMPLES.parent / "licence-import.md").read_text(encoding="utf-8")
    for table in (PARTY_TABLE, LICENCE_TABLE):
        for column in table.columns:
            assert f"`{column}`" in text
        for kind in table.actions:
            assert f"`{kind.__struct_config__.tag}`" in text
