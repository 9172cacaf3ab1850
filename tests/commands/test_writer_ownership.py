"""Which thread stores a command: the caller's if no other does, else the bus's own."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from math import ceil
from threading import Event, current_thread

import pytest

from casecore.cases import commands as c
from casecore.cases.decider import CASES
from casecore.commands.batch import Answer
from casecore.commands.bus import MAX_BATCH, BusClosed, CommandBus
from casecore.decider.refusal import Refusal
from casecore.store.migrations import migrate
from casecore.store.recorder import LogRecorder
from casecore.store.records import Appended
from tests.commands.test_bus import OPENING, bus, command, stored
from tests.waiting import LIMIT_SECONDS

__all__ = ["bus"]  # a fixture


class Gate:
    """Holds each thread that comes to it until it is opened."""

    def __init__(self) -> None:
        self.reached, self.opened = Event(), Event()

    def hold(self) -> None:
        self.reached.set()
        assert self.opened.wait(LIMIT_SECONDS)


def watch_appends(monkeypatch: pytest.MonkeyPatch, after: Callable[[], None]) -> list[str]:
    """Names of the threads that store; each calls `after` once it has stored."""
    append, threads = LogRecorder.append, []

    def watched(self: LogRecorder, *args: object) -> Appended:
        done = append(self, *args)  # type: ignore[arg-type]
        threads.append(current_thread().name)
        after()
        return done

    monkeypatch.setattr(LogRecorder, "append", watched)
    return threads


def test_a_caller_that_is_alone_stores_its_command_itself(
    bus: CommandBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads = watch_appends(monkeypatch, lambda: None)
    bus.give(command("C-1", OPENING))
    with pytest.raises(Refusal):
        bus.give(command("C-1", OPENING))
    bus.give(command("C-1", c.TakeCase()))
    bus.submit(command("C-1", c.PostMessage(text="one"))).result(LIMIT_SECONDS)
    assert threads == [current_thread().name, current_thread().name, "command-bus"]


def test_commands_that_come_while_a_caller_stores_its_own_are_stored_together_after_it(
    bus: CommandBus, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a caller that stores its own command, and is held there
    gate = Gate()
    threads = watch_appends(monkeypatch, gate.hold)
    with ThreadPoolExecutor(1, "first") as first, ThreadPoolExecutor(1) as closer:
        own = first.submit(bus.give, command("C-0", OPENING))
        assert gate.reached.wait(LIMIT_SECONDS)
        # When others give theirs, and the bus is closed
        futures = [bus.submit(command(f"C-{n}", OPENING)) for n in range(1, 11)]
        closing = closer.submit(bus.close)
        while True:
            try:
                futures.append(bus.submit(command(f"D-{len(futures)}", OPENING)))
            except BusClosed:
                break
        with pytest.raises(TimeoutError):
            closing.result(0.3)
        assert len(stored(database)) == 1
        gate.opened.set()
        # Then all that it took are stored once, and answered, by the bus's own thread
        assert own.result(LIMIT_SECONDS).version == 1
        assert {future.result(LIMIT_SECONDS).version for future in futures} == {1}
        closing.result(LIMIT_SECONDS)
    assert len(stored(database)) == 1 + len(futures)
    assert threads[0].startswith("first")
    assert threads[1:] == ["command-bus"] * ceil(len(futures) / MAX_BATCH)


@pytest.mark.parametrize("signal", [KeyboardInterrupt, SystemExit])
def test_a_caller_that_is_interrupted_while_it_stores_leaves_a_bus_that_goes_on(
    bus: CommandBus, database: str, monkeypatch: pytest.MonkeyPatch, signal: type[BaseException]
) -> None:
    # Given a caller that is interrupted after PostgreSQL has stored its command, before it knows
    bus.give(command("C-1", OPENING))
    interrupted = command("C-1", c.TakeCase())

    def interrupt() -> None:
        raise signal

    with monkeypatch.context() as patched:
        watch_appends(patched, interrupt)
        with pytest.raises(signal):
            bus.give(interrupted)
    # Then the command is found where it is sent again, and the case goes on from there
    again = bus.submit(interrupted).result(LIMIT_SECONDS)
    assert (again.version, again.repeated) == (2, True)
    assert bus.give(command("C-1", c.PostMessage(text="one"))).version == 3
    assert len(stored(database)) == 3


def test_a_caller_may_be_faster_than_the_start_of_the_bus(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a bus whose thread begins only when a caller already stores its own command, and is held there
    migrate(database)
    take, gate = CommandBus._take, Gate()

    def begin_late(self: CommandBus, answered: int, gathering_seconds: float) -> object:
        assert gate.reached.wait(LIMIT_SECONDS)
        return take(self, answered, gathering_seconds)

    monkeypatch.setattr(CommandBus, "_take", begin_late)
    threads = watch_appends(monkeypatch, gate.hold)
    with CommandBus(database, [CASES], "vendor") as bus, ThreadPoolExecutor(1, "first") as first:
        own = first.submit(bus.give, command("C-0", OPENING))
        assert gate.reached.wait(LIMIT_SECONDS)
        other = bus.submit(command("C-1", OPENING))
        # Then no other thread stores meanwhile
        with pytest.raises(TimeoutError):
            other.result(0.3)
        assert len(threads) == 1
        gate.opened.set()
        assert [one.result(LIMIT_SECONDS).version for one in (own, other)] == [1, 1]


def test_a_caller_that_is_interrupted_as_it_releases_ownership_still_releases_it(
    bus: CommandBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a caller that stores its own command while another waits, and is interrupted right after it
    notify = bus._notify_writer
    interrupted: list[bool] = []
    others: list[Future[Answer]] = []

    def meet_another() -> None:
        if not others:
            others.append(bus.submit(command("C-1", OPENING)))

    def interrupt() -> None:
        if others and not interrupted:
            interrupted.append(True)
            raise KeyboardInterrupt
        notify()

    watch_appends(monkeypatch, meet_another)
    monkeypatch.setattr(bus, "_notify_writer", interrupt)
    with pytest.raises(KeyboardInterrupt):
        bus.give(command("C-0", OPENING))
    # Then the other is answered all the same
    assert others[0].result(LIMIT_SECONDS).version == 1


def test_many_callers_at_once_are_each_answered_once(bus: CommandBus, database: str) -> None:
    bus.give(command("C-0", OPENING))
    with ThreadPoolExecutor(16) as callers:
        given = [callers.submit(bus.give, command("C-0", c.PostMessage(text=str(n)))) for n in range(800)]
        versions = [one.result(LIMIT_SECONDS).version for one in given]
    assert sorted(versions) == list(range(2, 802))
    assert len(stored(database)) == 801
