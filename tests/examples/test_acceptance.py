"""The examples keep what they should, whatever is killed when, and deal with what is new or bad."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.examples.killed import check_kept
from tests.examples.languages import java_example, missing_jdk, node_example
from tests.examples.records import (
    Topic,
    check_aborted_is_left_out,
    check_from_a_day,
    check_set_aside_and_taken_up,
)
from tests.examples.subscribers import Example, python_example
from tests.journeys.harness.program import Program

_MISSING = missing_jdk()
_ON_REQUEST = pytest.mark.examples
_WITH_A_JDK = pytest.mark.skipif(_MISSING is not None, reason=str(_MISSING))
LANGUAGES = (
    (
        "python",
        [
            python_example(f"{client}_{way}")
            for client in ("kafka_python", "confluent_kafka")
            for way in ("transaction", "by_id")
        ],
        (),
    ),
    ("node", [node_example(name) for name in ("transaction", "by-id")], (_ON_REQUEST,)),
    ("java", [java_example(name) for name in ("Transaction", "ById")], (_ON_REQUEST, _WITH_A_JDK)),
)
"""Each language, its programs, and marks: `make examples` runs those in Node and Java."""

each_language = pytest.mark.parametrize(
    "examples", [pytest.param(programs, marks=marks, id=name) for name, programs, marks in LANGUAGES]
)
each_example = pytest.mark.parametrize(
    "example",
    [
        pytest.param(one, marks=marks, id=f"{name}-{one.name}")
        for name, programs, marks in LANGUAGES
        for one in programs
    ],
)


@each_language
def test_whatever_is_killed_each_table_equals_the_reference(
    examples: list[Example], program: Program
) -> None:
    check_kept(program, examples)


@each_example
def test_what_is_not_understood_waits_and_is_taken_up(example: Example, topic: Topic, tmp_path: Path) -> None:
    check_set_aside_and_taken_up(topic, example, tmp_path)


@each_example
def test_it_begins_at_zero_or_on_a_day(example: Example, topic: Topic, tmp_path: Path) -> None:
    check_from_a_day(topic, example, tmp_path)


@each_example
def test_what_was_aborted_is_left_out(example: Example, topic: Topic, tmp_path: Path) -> None:
    check_aborted_is_left_out(topic, example, tmp_path)
