"""What was imported at bee97ac and is imported again stores nothing: ids and hashes of commands are as then.

`bee97ac/receipts.json` has what the program at that commit gave the store as receipts for the files beside
it, and for the help desk's log, in the order of the rows: the command's id, and the hash of its content.
"""

from __future__ import annotations

import json
from concurrent.futures import Future
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import pytest

from casecore.cases.commands import CaseCommand, CloseCase, RowDetails
from casecore.cases.decider import CASES
from casecore.commands.admission import Admission, Admitted
from casecore.commands.batch import Answer, decide_batch
from casecore.commands.on_behalf import submitter_for
from casecore.contract.envelope import EventData, Fact, Role
from casecore.contract.types import EVENT_TYPES
from casecore.decider.command import Command, GivenActor
from casecore.decider.refusal import CommandMalformed
from casecore.imports import check as check_module
from casecore.imports.check import check_file
from casecore.imports.importer import run_import
from casecore.imports.mapping import read_mapping
from casecore.imports.rejects import FirstRejects
from casecore.imports.summary import ImportSummary
from casecore.imports.translation import Translator
from casecore.store.records import Loaded, Receipt
from tests.imports.dry_run import NOW

THEN = Path(__file__).parent / "bee97ac"
DATA = Path(__file__).parents[2] / "data"
IDA = GivenActor("ida", "nord", Role.SELLER)
VERA = GivenActor("vera", "vendor", Role.VENDOR)
RECEIPTS = json.loads((THEN / "receipts.json").read_text())


class StoreOfThen:
    """Has the receipts of an import at bee97ac, and counts what it is given besides."""

    def __init__(self, receipts: list[list[str]]) -> None:
        stream = UUID(int=1)
        given = (Receipt(UUID(id_), bytes.fromhex(hash_), stream, 1, 1) for id_, hash_ in receipts)
        self._loaded = Loaded([], {receipt.command_id: receipt for receipt in given}, NOW)
        self._admission = Admission([CASES])
        self.given: list[list[str]] = []
        self.stored = 0
        self.facts: list[Fact[EventData]] = []

    def submit(self, command: Command) -> Future[Answer]:
        admitted = self._admission.admit(command)
        self.given.append([str(command.command_id), admitted.content_hash.hex()])
        future: Future[Answer] = Future()
        decided = decide_batch([admitted], self._loaded, {}, "vendor")
        self.stored += len(decided.events)
        self.facts += [EVENT_TYPES.decode(event.type, event.body) for event in decided.events]
        [answer] = decided.answers
        if isinstance(answer, Exception):
            future.set_exception(answer)
        else:
            future.set_result(answer)
        return future


def imported_again(
    source: Path, mapping: Path, store: StoreOfThen, on_behalf_of: GivenActor | None = None
) -> tuple[ImportSummary, FirstRejects]:
    read = read_mapping(mapping)
    rejects = FirstRejects(100)
    bus = submitter_for(store, on_behalf_of)
    summary = run_import(source, read, Translator(read, "vendor", mapping.name), bus, rejects, None)
    return summary, rejects


def test_an_xes_file_that_was_imported_before_stores_nothing():
    # Given attributes of every type, offsets, and nine digits of a second,
    store = StoreOfThen(RECEIPTS["desk.xes"])
    summary, _ = imported_again(THEN / "desk.xes", THEN / "xes.toml", store)
    assert (summary.repeated, summary.rejected, store.stored) == (4, 0, 0)
    assert store.given == RECEIPTS["desk.xes"]


@pytest.mark.parametrize("then", [None, IDA])
def test_what_was_imported_on_anothers_behalf_or_on_nobodys_stores_nothing_again(then):
    # Given an import that was asked for by somebody, or of which nobody said so,
    first = StoreOfThen([])
    imported_again(THEN / "desk.xes", THEN / "xes.toml", first, then)
    assert {fact.on_behalf_of for fact in first.facts} == {then.as_actor() if then else None}
    assert {fact.actor.person for fact in first.facts} == {"import:desk-xes"}
    # when somebody else asks for it again, it is the same, and what is stored stays on whose behalf it was.
    again = StoreOfThen(first.given)
    summary, _ = imported_again(THEN / "desk.xes", THEN / "xes.toml", again, VERA)
    assert (summary.repeated, summary.rejected, again.stored) == (4, 0, 0)


def test_a_csv_file_that_was_imported_before_stores_nothing():
    # Given a row whose case has a space before it, which was another case then, and is refused now,
    store = StoreOfThen(RECEIPTS["list.csv"])
    summary, rejects = imported_again(THEN / "list.csv", THEN / "csv.toml", store)
    assert (summary.repeated, store.stored) == (5, 0)
    assert [(row.line, row.case) for row in rejects.first] == [(4, " T-1")]
    assert store.given == [receipt for place, receipt in enumerate(RECEIPTS["list.csv"]) if place != 2]


class Checked(NamedTuple):
    """What a check of the help desk's log says, and the commands that it gave, as receipts."""

    summary: ImportSummary
    given: list[list[str]]


@pytest.fixture(scope="module")
def checked_help_desk() -> Checked:
    given: list[list[str]] = []

    class Noting(Admission):
        def admit(self, command: Command) -> Admitted:
            admitted = super().admit(command)
            given.append([str(command.command_id), admitted.content_hash.hex()])
            return admitted

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(check_module, "Admission", Noting)
        checked = check_file(DATA / "helpdesk.xes.gz", read_mapping(DATA / "helpdesk.toml"), "vendor")
    return Checked(checked.summary, given)


def test_the_help_desk_s_log_is_the_same_commands(checked_help_desk):
    then = RECEIPTS["helpdesk"]
    assert len(checked_help_desk.given) == then["rows"]
    assert sha256(json.dumps(checked_help_desk.given).encode()).hexdigest() == then["sha256"]


def test_the_check_of_the_help_desk_s_log_is_what_its_import_does(checked_help_desk):
    found = checked_help_desk.summary
    assert (found.rows, found.stored, found.cases, found.implied, found.noted) == (
        21_348,
        21_348,
        4_580,
        5_220,
        1_158,
    )
    assert found.actions["note"] == 1_158
    assert not found.needs_a_look


def test_types_and_offsets_of_a_new_import_are_kept_so_that_an_export_can_give_them_back():
    store = StoreOfThen([])
    imported_again(THEN / "desk.xes", THEN / "xes.toml", store)
    sources = [fact.source for fact in store.facts if fact.source is not None]
    assert [source.utc_offset_seconds for source in sources] == [7_200, 0, -18_000, None]
    assert sources[0].types == {
        "case:cost": "int",
        "case:promised": "date",
        "level": "int",
        "hours": "float",
        "again": "boolean",
        "ticket": "id",
    }
    assert sources[1].types == {"case:cost": "int", "case:promised": "date"}


def test_personal_and_plain_attributes_have_one_shape_to_a_reader():
    store = StoreOfThen([])
    imported_again(THEN / "desk.xes", THEN / "xes.toml", store)
    source = next(fact.source for fact in store.facts if fact.source is not None)
    assert source.person == ("Ann", True, "string")
    described = source.described()
    assert described["customer"] == ("C 1", False, "string")
    assert described["level"] == ("2", False, "int")
    assert described["hours"] == ("0.5", True, "float")


@pytest.mark.parametrize("file", ["desk.xes", "list.csv"])
def test_a_row_that_has_changed_is_refused_and_not_stored(tmp_path, file):
    # Given the file of then with another person,
    kind = file.rpartition(".")[2]
    source = tmp_path / file
    source.write_text((THEN / file).read_text().replace("Ann", "Zoe"))
    store = StoreOfThen(RECEIPTS[file])
    _, rejects = imported_again(source, THEN / f"{kind}.toml", store)
    assert store.stored == 0
    changed = [row for row in rejects.first if "was imported before with another content" in row.reason]
    assert [row.line for row in changed] == ([7] if kind == "xes" else [2, 3])


def test_details_of_a_row_go_with_an_import_only():
    # Given a command of a person that says it may lie before 1970, then it is refused.
    details = RowDetails(earliest_year=1900)
    for year, reason in ((1960, "before 1970"), (2020, "details go with an imported row only")):
        command = CaseCommand(
            command_id=UUID(int=7),
            actor=IDA,
            occurred_at=datetime(year, 1, 1, tzinfo=UTC),
            case="C-1",
            do=CloseCase(),
            details=details,
        )
        with pytest.raises(CommandMalformed, match=reason):
            StoreOfThen([]).submit(command).result()
