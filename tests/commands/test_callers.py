"""How callers hear of their replies: tasks of asyncio, whose event loop is called once for a whole batch."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from threading import Thread
from typing import Any
from uuid import UUID, uuid4

import pytest

from casecore.cases import commands as c
from casecore.cases.decider import CASES
from casecore.cases.refusals import CaseAlreadyOpened
from casecore.commands.batch import Answer
from casecore.commands.bus import CommandBus
from casecore.commands.callers import TaskCaller, reply_to_all
from casecore.contract.cases import Category
from casecore.contract.envelope import Role
from casecore.decider.command import GivenActor
from casecore.store.migrations import migrate

SELLER = GivenActor(person="ida", organisation="nord", role=Role.SELLER)
OPENING = c.OpenCase(
    customer="praxis", seller="nord", category=Category.TECHNICAL_SUPPORT, topic="activation"
)


def answer(version: int) -> Answer:
    return Answer(UUID(int=version), UUID(int=0), version, 1)


def opening(case: str) -> c.CaseCommand:
    return c.CaseCommand(command_id=uuid4(), actor=SELLER, case=case, do=OPENING)


def in_a_thread(do: Callable[[], None]) -> None:
    thread = Thread(target=do)
    thread.start()
    thread.join()


def test_the_replies_of_a_batch_reach_an_event_loop_in_one_call() -> None:
    async def journey(monkeypatch: pytest.MonkeyPatch) -> None:
        # Given three tasks of one event loop that wait, of which one gives up
        loop, calls = asyncio.get_running_loop(), list[object]()
        call = loop.call_soon_threadsafe

        def counted(do: Callable[..., object], *given: Any) -> asyncio.Handle:
            calls.append(do)
            return call(do, *given)

        monkeypatch.setattr(loop, "call_soon_threadsafe", counted)
        callers = [TaskCaller() for _ in range(3)]
        # When another thread replies to all of them
        replies = (answer(1), answer(2), CaseAlreadyOpened("C-3"))
        in_a_thread(lambda: reply_to_all(zip(callers, replies, strict=True)))
        callers[1].future.cancel()
        # Then its one call brings each of the others its own
        assert await callers[0].future == answer(1)
        with pytest.raises(CaseAlreadyOpened):
            await callers[2].future
        assert callers[1].future.cancelled()
        assert len(calls) == 1

    with pytest.MonkeyPatch.context() as monkeypatch:
        asyncio.run(journey(monkeypatch))


def test_an_event_loop_that_has_ended_keeps_no_other_from_its_replies() -> None:
    async def waiting() -> TaskCaller:
        return TaskCaller()

    async def journey() -> None:
        gone, other = asyncio.new_event_loop(), TaskCaller()
        caller = await asyncio.to_thread(gone.run_until_complete, waiting())
        gone.close()
        in_a_thread(lambda: reply_to_all([(caller, answer(1)), (other, answer(2))]))
        assert await other.future == answer(2)

    asyncio.run(journey())


def test_tasks_are_answered_and_one_that_gave_up_in_time_stores_nothing(database: str) -> None:
    async def journey(bus: CommandBus) -> tuple[list[Answer], int]:
        # Given tasks of which every second gives up by the time it is its turn
        futures = [bus.ask(opening(f"C-{number}")) for number in range(400)]
        for future in futures[::2]:
            future.cancel()
        answered = await asyncio.gather(*(one for one in futures if not one.cancelled()))
        # Then what was cancelled in time can still be opened, and what was opened cannot be again
        again = await asyncio.gather(
            *(bus.ask(opening(f"C-{number}")) for number in range(400)), return_exceptions=True
        )
        return answered, sum(isinstance(one, CaseAlreadyOpened) for one in again)

    migrate(database)
    with CommandBus(database, [CASES], "vendor") as bus:
        answered, refused = asyncio.run(journey(bus))
    assert 200 == len(answered) <= refused < 400
