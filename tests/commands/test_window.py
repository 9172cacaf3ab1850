"""The window: answers come in order, each once, and a bounded number of commands is under way."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from enum import Enum
from queue import SimpleQueue
from threading import Event, Thread
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casecore.commands import window
from casecore.commands.batch import Answer
from casecore.commands.window import PromptWindow, Window
from casecore.decider.refusal import CommandIdReused, CommandMalformed, Refusal
from casecore.postgres.errors import DatabaseUnavailable
from tests.waiting import LIMIT_SECONDS


class Fate(Enum):
    """What becomes of a command."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    MALFORMED = "malformed"
    FAILED = "failed"


class Bus:
    """Answers by a script: at once, or in a thread of its own, in order."""

    def __init__(self, script: list[Fate], at_once: bool) -> None:
        self.submitted = 0
        self._script = script
        self._at_once = at_once
        self._waiting: SimpleQueue[tuple[int, Future[Answer]] | None] = SimpleQueue()
        self._thread = Thread(target=self._run)
        self._thread.start()

    def submit(self, number: int) -> Future[Answer]:
        """Take the command; it is its place in the script."""
        self.submitted += 1
        if self._script[number] is Fate.MALFORMED:
            raise CommandMalformed(str(number))
        future: Future[Answer] = Future()
        if self._at_once:
            self._answer(number, future)
        else:
            self._waiting.put((number, future))
        return future

    def close(self) -> None:
        """Answer what waits."""
        self._waiting.put(None)
        self._thread.join(LIMIT_SECONDS)

    def _run(self) -> None:
        while (waiting := self._waiting.get()) is not None:
            self._answer(*waiting)

    def _answer(self, number: int, future: Future[Answer]) -> None:
        match self._script[number]:
            case Fate.REFUSED:
                future.set_exception(CommandIdReused(str(number)))
            case Fate.FAILED:
                future.set_exception(DatabaseUnavailable(str(number)))
            case _:
                future.set_result(answer(number))


def answer(number: int) -> Answer:
    """The answer to a command."""
    return Answer(UUID(int=number), UUID(int=0), number + 1, 1)


def fate_of(reply: Answer | Refusal) -> tuple[Fate, int]:
    """What the window said, and of which command."""
    match reply:
        case CommandMalformed():
            return Fate.MALFORMED, int(reply.reason)
        case CommandIdReused():
            return Fate.REFUSED, int(reply.command_id)
        case Refusal():
            raise AssertionError(reply)
        case _:
            return Fate.ACCEPTED, reply.version - 1


Anything = Window[int, str] | PromptWindow[int, str]
OnAnswer = Callable[[str, Answer | Refusal], None]
SCRIPTS = st.lists(
    st.sampled_from([Fate.ACCEPTED, Fate.ACCEPTED, Fate.ACCEPTED, Fate.REFUSED, Fate.MALFORMED, Fate.FAILED]),
    max_size=40,
)


def test_two_thousand_are_under_way_at_most_where_nothing_else_is_said() -> None:
    bus, handed_over, most_under_way = Bus([Fate.ACCEPTED] * 5_000, at_once=True), 0, 0

    def on_answer(_: str, __: Answer | Refusal) -> None:
        nonlocal handed_over
        handed_over += 1

    def submit(number: int) -> Future[Answer]:
        nonlocal most_under_way
        future = bus.submit(number)
        most_under_way = max(most_under_way, bus.submitted - handed_over)
        return future

    under_test = Window(submit, on_answer)
    for number in range(5_000):
        under_test.submit(number, "")
    under_test.finish()
    bus.close()

    assert handed_over == 5_000
    assert most_under_way <= 2_000


@pytest.mark.parametrize("kind", [Window, PromptWindow])
@given(script=SCRIPTS, size=st.integers(1, 12), at_once=st.booleans())
def test_order_and_bound_are_kept_and_nothing_is_lost_or_handed_over_twice(
    kind: type[Anything], script: list[Fate], size: int, at_once: bool
) -> None:
    # Given a bus that answers by any script
    bus, handed_over, most_under_way = Bus(script, at_once), list[tuple[str, Fate, int]](), 0

    def on_answer(about: str, reply: Answer | Refusal) -> None:
        handed_over.append((about, *fate_of(reply)))

    def submit(number: int) -> Future[Answer]:
        nonlocal most_under_way
        future = bus.submit(number)
        most_under_way = max(most_under_way, bus.submitted - len(handed_over))
        return future

    under_test = kind(submit, on_answer, size=size)
    # When all are submitted
    failure: DatabaseUnavailable | None = None
    try:
        for number in range(len(script)):
            under_test.submit(number, f"about {number}")
        under_test.finish()
    except DatabaseUnavailable as error:
        failure = error
    finally:
        bus.close()
    # Then the answers up to the first failure came in order, each once, with what it was about
    end = script.index(Fate.FAILED) if Fate.FAILED in script else len(script)
    assert handed_over == [(f"about {number}", script[number], number) for number in range(end)]
    assert most_under_way <= size
    # and that failure is raised, then and later
    assert (failure is None) == (end == len(script))
    if failure is not None:
        assert str(failure) == str(end)
        for later in (under_test.finish, lambda: under_test.submit(0, "later")):
            with pytest.raises(DatabaseUnavailable, match=str(end)):
                later()
        assert len(handed_over) == end


@given(sizes=st.lists(st.integers(0, 100), max_size=60), most_bytes=st.integers(1, 300))
def test_what_is_under_way_is_bounded_by_its_bytes(sizes: list[int], most_bytes: int) -> None:
    # Given commands that say how much memory they count for
    bus, under_way, left = Bus([Fate.ACCEPTED] * len(sizes), at_once=True), 0, len(sizes)

    def on_answer(size_bytes: int, _: Answer | Refusal) -> None:
        nonlocal under_way, left
        under_way -= size_bytes
        left -= 1

    bounded: Window[int, int] = Window(
        bus.submit, on_answer, most_bytes=most_bytes, bytes_of=lambda size_bytes: size_bytes
    )
    # Then what is under way is never more than the bound once the next one may come
    for number, size_bytes in enumerate(sizes):
        under_way += size_bytes
        bounded.submit(number, size_bytes)
        assert under_way < most_bytes
    bounded.finish()
    bus.close()
    assert (under_way, left) == (0, 0)


def test_a_full_window_waits_once_for_half_of_its_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    waited, waits = window.wait, list[object]()
    monkeypatch.setattr(window, "wait", lambda futures: (waits.append(futures), waited(futures)))
    bus = Bus([Fate.ACCEPTED] * 1_000, at_once=False)
    full: Window[int, None] = Window(bus.submit, lambda *_: None, size=100)
    for number in range(1_000):
        full.submit(number, None)
    full.finish()
    bus.close()
    assert len(waits) == 20


def test_an_error_of_the_receiver_is_raised_and_its_answer_is_not_handed_over_again() -> None:
    bus, heard = Bus([Fate.ACCEPTED] * 5, at_once=True), list[int]()

    def on_answer(number: int, _: Answer | Refusal) -> None:
        heard.append(number)
        if number == 1:
            raise OSError("the disk is full")

    failing: Window[int, int] = Window(bus.submit, on_answer)
    for number in range(5):
        failing.submit(number, number)
    with pytest.raises(OSError, match="the disk is full"):
        failing.finish()
    failing.finish()
    bus.close()
    assert heard == [0, 1, 2, 3, 4]


def test_a_prompt_window_hands_over_before_the_next_command() -> None:
    bus, heard = Bus([Fate.ACCEPTED] * 2, at_once=False), Event()
    prompt: PromptWindow[int, None] = PromptWindow(bus.submit, lambda *_: heard.set(), size=10)
    prompt.submit(0, None)
    assert heard.wait(LIMIT_SECONDS)
    prompt.finish()
    bus.close()
