"""The command bus on a real PostgreSQL: every accepted command is stored exactly once, and answered."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import psycopg
import pytest
from structlog.testing import capture_logs

from casecore.cases import commands as c
from casecore.cases.decider import CASES
from casecore.cases.refusals import CaseAlreadyOpened, CaseUnknown, IllegalMove
from casecore.commands.bus import BusClosed, CommandBus
from casecore.commands.precondition import at_version
from casecore.contract.cases import Category, Priority
from casecore.contract.envelope import Role
from casecore.contract.streams import case_stream_id
from casecore.decider.command import GivenActor
from casecore.decider.refusal import (
    CommandIdReused,
    CommandMalformed,
    NewerThanProgram,
    OccurredInTheFuture,
    VersionDiffers,
)
from casecore.errors.kinds import Kind
from casecore.postgres.errors import DatabaseUnavailable
from casecore.store.errors import AppendConflict
from casecore.store.log import LogReader
from casecore.store.migrations import migrate
from casecore.store.recorder import LogRecorder
from tests.newer_words import WORD, as_a_newer_program_wrote
from tests.waiting import LIMIT_SECONDS

SELLER = GivenActor(person="ida", organisation="nord", role=Role.SELLER)
OPENING = c.OpenCase(
    customer="praxis", seller="nord", category=Category.TECHNICAL_SUPPORT, topic="activation"
)


def command(case: str, do: c.CaseAction, command_id: UUID | None = None, **more: object) -> c.CaseCommand:
    return c.CaseCommand(command_id=command_id or uuid4(), actor=SELLER, case=case, do=do, **more)  # type: ignore[arg-type]


@pytest.fixture
def bus(database: str) -> Iterator[CommandBus]:
    migrate(database)
    with CommandBus(database, [CASES], "vendor") as bus:
        yield bus


def lose_the_next_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection breaks after the next COMMIT was done, before its answer arrives."""
    append, lost = LogRecorder.append, []

    def lose(self: LogRecorder, *args: object) -> list[int]:
        positions = append(self, *args)  # type: ignore[arg-type]
        if not lost:
            lost.append(True)
            raise DatabaseUnavailable("the answer was lost")
        return positions

    monkeypatch.setattr(LogRecorder, "append", lose)


def stored(database: str) -> list[tuple[int, str]]:
    with LogReader(database) as log:
        return [(e.version, e.type.split(".")[2]) for e in log.read(0, 100_000)]


def receipts(database: str) -> int:
    with psycopg.connect(database) as connection:
        return connection.execute("select count(*) from casecore.receipts").fetchone()[0]  # type: ignore[index]


def test_a_case_is_opened_taken_and_resolved(bus: CommandBus, database: str) -> None:
    assert bus.give(command("C-1", OPENING)).version == 1
    assert bus.give(command("C-1", c.TakeCase(agent="ida"))).version == 2
    answer = bus.give(command("C-1", c.ResolveCase(resolution_code="solved")))
    assert (answer.version, answer.events, answer.types) == (3, 1, ("casecore.case.resolved.v1",))
    assert stored(database) == [(1, "opened"), (2, "taken"), (3, "resolved")]


def test_a_command_sent_twice_is_answered_twice_and_stored_once(bus: CommandBus, database: str) -> None:
    opening = command("C-1", OPENING)
    first, second = bus.give(opening), bus.give(opening)
    assert (first.version, first.events, first.repeated) == (1, 1, False)
    assert (second.version, second.events, second.repeated) == (1, 1, True)
    assert stored(database) == [(1, "opened")]


def test_a_command_sent_again_through_another_process_finds_its_receipt(
    bus: CommandBus, database: str
) -> None:
    # Given a command whose answer was lost on the way
    taking = command("C-1", c.TakeCase())
    bus.give(command("C-1", OPENING))
    bus.give(taking)
    # When it is sent again, elsewhere, by when the move would be illegal
    with CommandBus(database, [CASES], "vendor") as other:
        assert other.give(taking).repeated
    assert len(stored(database)) == 2


def test_the_same_id_with_another_content_is_refused(bus: CommandBus, database: str) -> None:
    opening = command("C-1", OPENING)
    bus.give(opening)
    with pytest.raises(CommandIdReused, match=str(opening.command_id)):
        bus.give(command("C-2", OPENING, opening.command_id))
    assert stored(database) == [(1, "opened")]


def test_a_refused_command_leaves_nothing_and_may_be_sent_again(bus: CommandBus, database: str) -> None:
    taking = command("C-1", c.TakeCase())
    with pytest.raises(CaseUnknown):
        bus.give(taking)
    assert (stored(database), receipts(database)) == ([], 0)
    bus.give(command("C-1", OPENING))
    assert not bus.give(taking).repeated


def test_a_command_that_changes_nothing_leaves_a_receipt_and_no_event(bus: CommandBus, database: str) -> None:
    bus.give(command("C-1", OPENING))
    bus.give(command("C-1", c.TakeCase(agent="ida")))
    again = command("C-1", c.AssignCase(agent="ida"))
    assert (bus.give(again).events, bus.give(again).repeated) == (0, True)
    assert (len(stored(database)), receipts(database)) == (2, 3)


def test_commands_in_one_batch_see_what_those_before_them_did(bus: CommandBus, database: str) -> None:
    futures = [
        bus.submit(command("C-1", OPENING)),
        bus.submit(command("C-1", OPENING)),
        bus.submit(command("C-1", c.TakeCase())),
        bus.submit(command("C-1", c.CloseCase())),
        bus.submit(command("C-1", c.ResolveCase(resolution_code="solved"))),
    ]
    errors = [type(future.exception()) for future in futures]
    assert errors == [type(None), CaseAlreadyOpened, type(None), IllegalMove, type(None)]
    assert stored(database) == [(1, "opened"), (2, "taken"), (3, "resolved")]


def test_fifty_callers_with_one_command_id_store_it_once(bus: CommandBus, database: str) -> None:
    opening = command("C-1", OPENING)
    with CommandBus(database, [CASES], "vendor") as other, ThreadPoolExecutor(50) as callers:
        answers = list(callers.map(lambda n: (bus, other)[n % 2].give(opening), range(50)))
    assert {answer.version for answer in answers} == {1}
    assert sum(not answer.repeated for answer in answers) == 1
    assert stored(database) == [(1, "opened")]


def test_fifty_callers_on_one_case_from_two_processes_are_all_stored_in_order(
    bus: CommandBus, database: str
) -> None:
    bus.give(command("C-1", OPENING))
    with CommandBus(database, [CASES], "vendor") as other, ThreadPoolExecutor(50) as callers:
        answers = list(
            callers.map(
                lambda n: (bus, other)[n % 2].give(command("C-1", c.PostMessage(text=f"message {n}"))),
                range(50),
            )
        )
    assert sorted(answer.version for answer in answers) == list(range(2, 52))
    assert [version for version, _ in stored(database)] == list(range(1, 52))


def test_a_conflict_on_one_case_does_not_fail_its_neighbours(
    bus: CommandBus, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given that another process takes the case between our loading it and our storing
    bus.give(command("C-1", OPENING))
    append, meddled = LogRecorder.append, []

    def meddle(self: LogRecorder, *args: object) -> list[int]:
        if not meddled:
            meddled.append(True)
            with CommandBus(database, [CASES], "vendor") as other:
                other.give(command("C-1", c.TakeCase()))
        return append(self, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(LogRecorder, "append", meddle)
    # When a batch takes it too, with a neighbour
    taking = bus.submit(command("C-1", c.TakeCase()))
    opening = bus.submit(command("C-2", OPENING))
    # Then it is decided again, on what is there now, and the neighbour is stored
    assert isinstance(taking.exception(), IllegalMove)
    assert opening.result().version == 1


def test_a_commit_whose_answer_was_lost_is_found_by_its_receipt(
    bus: CommandBus, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given that the connection breaks after COMMIT was done, before its answer arrived
    lose_the_next_answer(monkeypatch)
    # When a command is given; then it is answered, and stored once
    assert bus.give(command("C-1", OPENING)).version == 1
    assert stored(database) == [(1, "opened")]


def test_the_connection_ended_by_the_server_is_replaced(bus: CommandBus, database: str) -> None:
    bus.give(command("C-1", OPENING))
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where datname = current_database() and pid <> pg_backend_pid()"
        )
    assert bus.give(command("C-1", c.TakeCase())).version == 2


def test_what_happened_earlier_keeps_its_time_and_the_future_is_refused(
    bus: CommandBus, database: str
) -> None:
    monday = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    bus.give(command("C-1", OPENING, occurred_at=monday))
    with pytest.raises(OccurredInTheFuture, match="lies after now"):
        bus.give(command("C-1", c.TakeCase(), occurred_at=datetime.now(UTC) + timedelta(hours=1)))
    with LogReader(database) as log:
        body = log.read(0, 1)[0].body
    assert b'"occurred_at":"2026-03-02T09:30:00Z"' in body


def test_hostile_json_is_refused_and_stores_nothing(bus: CommandBus, database: str) -> None:
    for raw in (b'{"kind":"case"' * 1000, b"[" * 100_000, b'{"kind":"case","case":"\\u0000"}', b"\xff"):
        with pytest.raises(CommandMalformed):
            bus.submit_json(raw)
    assert (stored(database), receipts(database)) == ([], 0)


def test_a_closed_bus_takes_nothing_and_has_answered_what_it_took(database: str) -> None:
    migrate(database)
    bus = CommandBus(database, [CASES], "vendor")
    futures = [bus.submit(command(f"C-{n}", OPENING)) for n in range(600)]
    bus.close()
    assert {future.result(timeout=0).version for future in futures} == {1}
    with pytest.raises(BusClosed):
        bus.submit(command("C-x", OPENING))


def test_without_the_conflict_check_the_log_itself_refuses_a_second_version(
    bus: CommandBus, database: str
) -> None:
    bus.give(command("C-1", OPENING))
    with LogReader(database) as log:
        first = log.read(0, 1)[0]
    recorder = LogRecorder(database)
    from casecore.store.records import NewEvent

    with pytest.raises(AppendConflict):
        recorder.append([NewEvent(first.stream_id, 1, first.type, first.body)], [], datetime.now(UTC))
    recorder.close()


def test_a_caller_who_gives_up_waiting_harms_nobody(bus: CommandBus, database: str) -> None:
    # Given callers of whom every second has cancelled by the time it is their turn
    futures = [bus.submit(command(f"C-{n}", OPENING)) for n in range(400)]
    for future in futures[::2]:
        future.cancel()
    # Then all others are answered, and what was cancelled in time is not stored
    answered = [future.result(timeout=LIMIT_SECONDS) for future in futures if not future.cancelled()]
    assert len(stored(database)) == len(answered) >= 200
    assert bus.give(command("C-x", OPENING)).version == 1


def test_a_store_that_went_back_is_noticed_and_its_streams_have_no_gaps(
    bus: CommandBus, database: str
) -> None:
    # Given a case that the bus knows at version 3, in a store that then loses its last two events
    for do in (OPENING, c.TakeCase(), c.PostMessage(text="one")):
        bus.give(command("C-1", do))
    with psycopg.connect(database) as connection:
        connection.execute("delete from casecore.stored_events where originator_version > 1")
    # When the case is taken; then that is decided on what the store has now
    assert bus.give(command("C-1", c.TakeCase())).version == 2
    assert [version for version, _ in stored(database)] == [1, 2]


def test_a_case_that_this_program_cannot_read_fails_only_its_own_commands(
    bus: CommandBus, database: str
) -> None:
    bus.give(command("C-1", OPENING))
    with psycopg.connect(database) as connection:
        connection.execute("update casecore.stored_events set topic = 'casecore.case.opened.v9'")
    with CommandBus(database, [CASES], "vendor") as fresh:
        taking = fresh.submit(command("C-1", c.TakeCase()))
        opening = fresh.submit(command("C-2", OPENING))
        assert "newer than this program" in str(taking.exception())
        assert opening.result().version == 1


def test_a_command_on_a_case_of_a_newer_program_is_refused_as_that_and_its_sequence_goes_on(
    bus: CommandBus, database: str
) -> None:
    # Given a case to which a newer program wrote, with a word that this program does not know
    bus.give(command("C-1", OPENING))
    as_a_newer_program_wrote(database, case_stream_id("C-1"), "opened")
    # When commands on it and on another case are given in one sequence
    with CommandBus(database, [CASES], "vendor") as fresh:
        sequence = fresh.sequence()
        given = [command("C-1", c.TakeCase()), command("C-2", OPENING), command("C-1", c.TakeCase())]
        taken, opened, taken_again = [sequence.submit(one) for one in given]
        # Then those on it are refused as newer than this program, and the other one is taken
        for refused in (taken, taken_again):
            error = refused.exception(timeout=20)
            assert isinstance(error, NewerThanProgram)
            assert (error.about, error.version, error.kind) == ("C-1", 1, Kind.UNAVAILABLE)
            assert f"$.data.standing.state is '{WORD}'" in str(error)
        assert opened.result(timeout=20).version == 1
    assert len(stored(database)) == 2


def test_after_a_failure_nothing_more_of_its_sequence_is_stored(
    bus: CommandBus, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a sequence of commands, of which the second meets a defect of the program
    evolve = CASES.evolve

    def fail(case: object, fact: object) -> object:
        if "fail here" in str(fact):
            raise ZeroDivisionError
        return evolve(case, fact)  # type: ignore[arg-type]

    object.__setattr__(CASES, "evolve", fail)
    try:
        sequence = bus.sequence()
        futures = [
            sequence.submit(command("C-1", OPENING)),
            sequence.submit(command("C-1", c.PostMessage(text="fail here"))),
            sequence.submit(command("C-1", c.TakeCase())),
        ]
        alone = bus.submit(command("C-2", OPENING))
        errors = [type(future.exception()).__name__ for future in futures]
        later = sequence.submit(command("C-3", OPENING))
        # Then what came before it is stored, what came after it is not, also later; others are not concerned
        assert errors == ["NoneType", "ZeroDivisionError", "SequenceBroken"]
        assert type(later.exception()).__name__ == "SequenceBroken"
        assert alone.result().version == 1
    finally:
        object.__setattr__(CASES, "evolve", evolve)
    assert sorted(kind for _, kind in stored(database)) == ["opened", "opened"]


def test_a_store_that_stays_unavailable_fails_the_command_and_breaks_the_sequence(
    bus: CommandBus, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a store that is unavailable for longer than the bus retries, and then available
    from casecore.commands import bus as module

    unavailable, load = [True], LogRecorder.load

    def answer(self: LogRecorder, *args: object) -> object:
        if unavailable:
            raise DatabaseUnavailable("unavailable")
        return load(self, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "GIVE_UP_AFTER_SECONDS", 0.2)
    monkeypatch.setattr(LogRecorder, "load", answer)
    sequence = bus.sequence()
    with capture_logs() as lines:
        first = sequence.submit(command("C-1", OPENING))
        assert isinstance(first.exception(timeout=LIMIT_SECONDS), DatabaseUnavailable)
    assert lines == [], "what is tried again is no failure"
    unavailable.clear()
    # Then what the same giver still sends is not stored without the first; another's is
    assert type(sequence.submit(command("C-1", c.TakeCase())).exception()).__name__ == "SequenceBroken"
    assert bus.give(command("C-2", OPENING)).version == 1
    assert bus.give(command("C-1", OPENING)).version == 1


def test_a_lost_answer_is_given_as_if_it_had_not_been_lost(
    bus: CommandBus, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lose_the_next_answer(monkeypatch)
    answer = bus.give(command("C-1", OPENING))
    assert (answer.repeated, answer.types) == (False, ("casecore.case.opened.v1",))


def test_a_database_that_is_away_at_the_start_is_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("casecore.store.recorder.CONNECT_SECONDS", 0.5)
    with pytest.raises(DatabaseUnavailable):
        CommandBus("host=127.0.0.1 port=1 connect_timeout=1", [CASES], "vendor")


def test_commands_are_durable_whatever_the_database_defaults_to(bus: CommandBus, database: str) -> None:
    name = psycopg.conninfo.conninfo_to_dict(database)["dbname"]
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(f'alter database "{name}" set synchronous_commit = off')
    recorder = LogRecorder(database)
    with recorder._connection() as own:
        assert own.execute("show synchronous_commit").fetchone() == ("on",)
    recorder.close()


def test_of_the_same_command_twice_in_a_batch_whose_answer_was_lost_one_is_the_first(
    bus: CommandBus, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given the same command five times in one batch, behind one that keeps the writer busy
    bus.give(command("C-0", OPENING))
    lose_the_next_answer(monkeypatch)
    opening = command("C-1", OPENING)
    futures = [bus.submit(opening) for _ in range(5)]
    # Then one answer says that it was stored, and the others that it was stored before
    assert sorted(future.result().repeated for future in futures) == [False, True, True, True, True]


def test_a_command_for_a_version_is_decided_at_that_version_or_not_at_all(bus: CommandBus) -> None:
    # Given a case at version 1, of which two people know
    bus.give(command("C-1", OPENING))
    takes = command("C-1", c.TakeCase())
    # When both do something for that version, then the first does it
    assert bus.submit(takes, precondition=at_version(1)).result(LIMIT_SECONDS).version == 2
    # and the second hears that the case has gone on,
    second = command("C-1", c.ChangePriority(priority=Priority.HIGH))
    with pytest.raises(VersionDiffers) as found:
        bus.submit(second, precondition=at_version(1)).result(LIMIT_SECONDS)
    assert (found.value.expected, found.value.version, found.value.kind) == ("1", 2, Kind.CONFLICT)
    # and may decide anew, under the same id
    assert bus.submit(second, precondition=at_version(2)).result(LIMIT_SECONDS).version == 3
    # A stranger hears that there is no such case, and not how far it is
    stranger = GivenActor(person="udo", organisation="sued", role=Role.SELLER)
    do = c.CaseCommand(command_id=uuid4(), actor=stranger, case="C-1", do=c.TakeCase())
    with pytest.raises(CaseUnknown):
        bus.submit(do, precondition=at_version(1)).result(LIMIT_SECONDS)
    # What was done is answered as it was then, whatever has happened since
    assert bus.submit(takes, precondition=at_version(1)).result(LIMIT_SECONDS).repeated
