"""`casecore subscribe` prints what is on the topics, from where on it is asked for, and as it comes."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from typing import Any

from casecore.contract.streams import case_stream_id
from tests.journeys.harness import checker
from tests.journeys.harness.program import NO_HEALTH, Program
from tests.journeys.test_trace import forge
from tests.waiting import LIMIT_SECONDS, wait_until

IDA = ("--as", "seller:nord:ida")
ALL = ("subscribe", "--from", "zero", "--until-end", "--json")


def open_case(program: Program, case: str) -> None:
    opening = ("case", "open", "--customer", "praxis", "--seller", "nord", "--topic", "recovery")
    program.run(*opening, "--reference", case, *IDA)


def heard(program: Program, *arguments: str, exits: int = 0) -> list[dict[str, Any]]:
    printed = program.run(*arguments, exits=exits).splitlines()
    return [json.loads(line) for line in printed if line.startswith("{")]


def positions(found: list[dict[str, Any]]) -> list[int]:
    return [one["position"] for one in found]


def published(program: Program) -> list[checker.Event]:
    """Three cases, two of which went to the vendor; returns the store's events once all are on the topics."""
    program.start("relay", "relay", *NO_HEALTH)
    for case in ("C-1", "C-2", "C-3"):
        open_case(program, case)
    for case in ("C-1", "C-3"):
        program.run("case", "escalate", case, *IDA)
    store = checker.read_store(program.database)
    wait_until(lambda: len(heard(program, *ALL)) >= len(store), "all is published", pause_seconds=0.5)
    return store


def test_it_prints_all_that_is_asked_for_and_ends(program: Program) -> None:
    store = published(program)
    # Given all events, then each is printed once, in the order of the log, as a structured CloudEvent
    found = heard(program, *ALL)
    assert positions(found) == [event["position"] for event in store]
    for one, event in zip(found, store, strict=True):
        assert one["id"] == f"{event['stream']}/{event['version']}"
        assert (one["type"], one["streamversion"]) == (event["type"], event["version"])
        assert (one["specversion"], one["datacontenttype"]) == ("1.0", "application/json")
        assert one["data"] == json.loads(event["body"])
    # And of some types, of a case, or of a number, only those
    escalated = heard(program, *ALL, "--types", "casecore.case.escalated,casecore.case.resolved")
    assert [one["subject"] for one in escalated] == ["C-1", "C-3"]
    of_a_case = heard(program, *ALL, "--case", "C-3")
    assert {one["id"].partition("/")[0] for one in of_a_case} == {str(case_stream_id("C-3"))}
    assert [one["streamversion"] for one in of_a_case] == [1, 2]
    assert positions(heard(program, *ALL, "--case", "C-1", "--case", "C-2")) == [
        event["position"]
        for event in store
        if event["stream"] in map(str, map(case_stream_id, ("C-1", "C-2")))
    ]
    two = positions(heard(program, "subscribe", "--from", "zero", "--json", "--limit", "2"))
    assert len(two) == 2
    assert set(two) < set(positions(found))
    # And from a position, an instant or a day on, those after it
    last = store[-2:]
    until_end = ("--until-end", "--json")
    for beginning in (str(last[0]["position"]), last[0]["recorded_at"].isoformat()):
        assert positions(heard(program, "subscribe", "--from", beginning, *until_end)) == positions(last)
    assert heard(program, "subscribe", "--from", "2999-01-01", *until_end) == []
    assert positions(heard(program, "subscribe", "--from", "2020-01-01", *until_end)) == positions(found)
    # And a person reads a line for each
    lines = program.run("subscribe", "--from", "zero", "--until-end", "--case", "C-1").splitlines()
    assert re.fullmatch(r"recorded \(CES?T\) +what +about +by +state", lines[0])
    assert re.search(r"case\.escalated +C-1 +ida \(nord\) +escalated_l1$", lines[2])


def test_it_prints_what_comes_and_ends_on_ctrl_c(program: Program) -> None:
    # Given one who listens from now on
    published(program)
    output = program.folder / "heard"
    program.start("tail", "subscribe", "--json", "--types", "casecore.case.opened", stdout=output)
    # When cases are opened until one is heard
    opened: list[str] = []

    def is_heard() -> bool:
        opened.append(f"D-{len(opened)}")
        open_case(program, opened[-1])
        return bool(output.read_text())

    wait_until(is_heard, f"an event is heard\n{program.complaints()}", pause_seconds=1)
    wait_until(
        lambda: json.loads(output.read_text().splitlines()[-1])["subject"] == opened[-1], "the last one"
    )
    # Then nothing of before was, and Ctrl-C ends it as it ends all that goes on until then
    assert all(json.loads(line)["subject"] in opened for line in output.read_text().splitlines())
    assert program.end("tail", signal.SIGINT) == 0
    assert program.complained("tail") == ""


def test_a_record_that_is_no_event_is_named_and_the_rest_goes_on(program: Program) -> None:
    # Given a record whose value says nothing, which somebody else has written for C-1
    published(program)
    forge(program)
    # Then what is readable is printed, the other is named, and it ends with 5
    printed = program.run(*ALL, "--case", "C-1", exits=5)
    assert "the event at position 999999 cannot be read" in printed
    assert len([line for line in printed.splitlines() if line.startswith("{")]) == 2
    # And whoever listens to another case is not told
    assert len(heard(program, *ALL, "--case", "C-2")) == 1


def started(program: Program, writer: int, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "casecore.cli", *arguments],
        env=program.environment, stdout=writer, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def test_a_reader_that_goes_away_ends_it_quietly_also_while_nothing_comes(program: Program) -> None:
    # Given one who listens for what is yet to come
    published(program)
    reader, writer = os.pipe()
    process = started(program, writer, "subscribe", "--from", "zero", "--json", "--case", "C-2")
    os.close(writer)
    with os.fdopen(reader) as pipe:
        assert json.loads(pipe.readline())["subject"] == "C-2"
    # When its reader closes the pipe, and nothing more happens, then it ends without a word
    complained = process.communicate(timeout=LIMIT_SECONDS)[1]
    assert (process.returncode, complained) == (141, "")
