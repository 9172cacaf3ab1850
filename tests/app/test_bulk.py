"""Commands as JSON Lines: each is answered in order, and nothing a caller does makes the program hang."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from concurrent.futures import Future
from threading import Event
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casecore.app.commands.bulk import IN_FLIGHT, LineReply, bounded_lines, submit_lines
from casecore.cases.decider import CASES
from casecore.commands.admission import MAX_COMMAND_BYTES, Admission
from casecore.commands.batch import Answer
from casecore.decider.refusal import Refusal
from casecore.postgres.errors import DatabaseUnavailable
from tests.app.applications import app_with
from tests.waiting import LIMIT_SECONDS


class Bus:
    """A sequence of a bus: it answers at once, or with a failure from a place on."""

    def __init__(self, fails_from: int | None = None) -> None:
        self.given: list[bytes] = []
        self._fails_from = fails_from
        self._admission = Admission([CASES])

    def submit_json(self, raw: bytes) -> Future[Answer]:
        self._admission.admit_json(raw)
        self.given.append(raw)
        future: Future[Answer] = Future()
        if self._fails_from is not None and len(self.given) > self._fails_from:
            future.set_exception(DatabaseUnavailable("unavailable"))
        else:
            future.set_result(Answer(UUID(int=len(self.given)), UUID(int=0), len(self.given), 1))
        return future


def line(number: int = 1) -> bytes:
    actor = {"person": "ida", "organisation": "nord", "role": "seller"}
    command = {"kind": "case", "command_id": str(UUID(int=number)), "actor": actor, "case": "C-1"}
    return json.dumps({**command, "do": {"action": "take"}}).encode() + b"\n"


def submitted(lines: Any, bus: Bus) -> list[LineReply]:
    answers: list[LineReply] = []
    submit_lines(app_with(bus), lines, answers.append)
    return answers


def test_each_line_is_answered_in_order_and_a_refused_one_says_why() -> None:
    answers = submitted([line(1), b"\n", b'{"kind":"case"', line(2)], Bus())
    assert [answer.line for answer in answers] == [1, 3, 4]
    assert [isinstance(answer.reply, Refusal) for answer in answers] == [False, True, False]
    assert [answer.reply.version for answer in answers if isinstance(answer.reply, Answer)] == [1, 2]


def test_a_caller_who_waits_for_an_answer_gets_it_before_the_next_line() -> None:
    heard = Event()

    def lines() -> Iterator[bytes]:
        yield line(1)
        assert heard.wait(LIMIT_SECONDS), "no answer before the next line"
        yield line(2)

    submit_lines(app_with(Bus()), lines(), lambda _: heard.set())


def test_the_first_failure_ends_the_reading_and_is_raised() -> None:
    bus = Bus(fails_from=2)

    def lines() -> Iterator[bytes]:
        for number in range(1, 4):
            yield line(number)
        yield from iter(lambda: line(9), None)  # a caller who never ends

    answers: list[LineReply] = []
    with pytest.raises(DatabaseUnavailable):
        submit_lines(app_with(bus), lines(), answers.append)
    assert len(answers) == 2


def test_output_that_breaks_ends_the_reading() -> None:
    def broken(_: LineReply) -> None:
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        submit_lines(app_with(Bus()), iter(lambda: line(1), None), broken)


def test_input_that_breaks_is_raised_after_what_came_before_was_answered() -> None:
    def lines() -> Iterator[bytes]:
        yield line(1)
        raise OSError("the disk is gone")

    answers: list[LineReply] = []
    with pytest.raises(OSError, match="the disk is gone"):
        submit_lines(app_with(Bus()), lines(), answers.append)
    assert len(answers) == 1


def test_more_lines_than_may_be_under_way_are_all_answered() -> None:
    assert len(submitted([line(1)] * (3 * IN_FLIGHT), Bus())) == 3 * IN_FLIGHT


@given(
    st.lists(st.sampled_from([0, 1, 100, MAX_COMMAND_BYTES, MAX_COMMAND_BYTES + 1]), max_size=4),
    st.integers(2, 3),
)
def test_no_part_of_a_long_line_is_taken_for_a_line(lengths: list[int], times: int) -> None:
    long = [b"x" * (times * MAX_COMMAND_BYTES + length) for length in lengths]
    stream = io.BytesIO(b"".join(text + b"\n" + b"short\n" for text in long))
    lines = list(bounded_lines(stream))
    assert len(lines) == 2 * len(long)
    assert all(found == b"short\n" for found in lines[1::2])
    assert all(len(found) == MAX_COMMAND_BYTES + 2 for found in lines[::2])
