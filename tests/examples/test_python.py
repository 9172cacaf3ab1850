"""The examples in Python keep what they should, whatever is killed when, and deal with what is new or bad."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.examples.killed import check_kept
from tests.examples.records import (
    Topic,
    check_aborted_is_left_out,
    check_from_a_day,
    check_set_aside_and_taken_up,
)
from tests.examples.subscribers import Example, python_example
from tests.journeys.harness.program import Program

CLIENTS = ("kafka_python", "confluent_kafka")
EXAMPLES = [python_example(f"{client}_{way}") for client in CLIENTS for way in ("transaction", "by_id")]


def test_whatever_is_killed_each_table_equals_the_reference(program: Program) -> None:
    check_kept(program, EXAMPLES)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: one.name)
def test_what_is_not_understood_waits_and_is_taken_up(example: Example, topic: Topic, tmp_path: Path) -> None:
    check_set_aside_and_taken_up(topic, example, tmp_path)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: one.name)
def test_it_begins_at_zero_or_on_a_day(example: Example, topic: Topic, tmp_path: Path) -> None:
    check_from_a_day(topic, example, tmp_path)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: one.name)
def test_what_was_aborted_is_left_out(example: Example, topic: Topic, tmp_path: Path) -> None:
    check_aborted_is_left_out(topic, example, tmp_path)
