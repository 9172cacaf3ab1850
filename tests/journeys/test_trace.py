"""Where the events of a command are: everywhere, or what is not there yet and why."""

from __future__ import annotations

import json
import re
from typing import Any

from kafka import KafkaProducer

from casecore.app.application import open_app
from casecore.app.settings import read_settings
from casecore.app.trace.find import trace
from casecore.app.trace.result import Trace, TracedView
from casecore.contract.streams import case_stream_id
from casecore.kafka.settings import connection
from tests.journeys.harness.program import CASE_VIEWS, NO_HEALTH, Program
from tests.waiting import wait_until

IDA = ("--as", "seller:nord:ida")
OPENING = ("case", "open", "--customer", "praxis", "--seller", "nord", "--topic", "activation")
OPENED, TAKEN, NEVER = (f"00000000-0000-4000-8000-{number:012}" for number in (1, 2, 3))
NO_KAFKA = {"CASECORE_KAFKA": "127.0.0.1:1"}
VIEWS_IN_ORDER = sorted(CASE_VIEWS)


def start(program: Program) -> None:
    """The relay, and the views of cases, of which one can be stopped alone."""
    program.start("relay", "relay", *NO_HEALTH)
    program.start("sla", "project", "sla", *NO_HEALTH)
    program.start("others", "project", *(view for view in CASE_VIEWS if view != "sla"), *NO_HEALTH)


def open_case(program: Program, case: str = "C-1", command_id: str = OPENED) -> None:
    program.run(*OPENING, "--reference", case, "--command-id", command_id, *IDA)


def traced(program: Program, asked: str) -> Trace:
    """The trace, without a process of its own."""
    settings = {
        "CASECORE_DATABASE": program.database,
        "CASECORE_KAFKA": program.cluster.bootstrap,
        "CASECORE_KAFKA_OPTIONS": str(program.cluster.options_file or ""),
        "CASECORE_TOPIC_PREFIX": program.topic.removesuffix(".cases"),
    }
    with open_app(read_settings(settings)) as app:
        return trace(app, asked)


def as_data(program: Program, asked: str, *options: str) -> Any:
    """The trace as a program gets it."""
    return json.loads(program.run("trace", asked, "--json", *options))


def printed(program: Program, asked: str, exits: int = 0, kafka: bool = True) -> str:
    """The trace as a person sees it, no line longer than a terminal of 80 columns is wide."""
    environment = {"COLUMNS": "80", **({} if kafka else NO_KAFKA)}
    text = program.run("trace", asked, exits=exits, environment=environment)
    print(text)  # a test that fails shows it
    assert max(map(len, text.splitlines())) <= 80
    return " ".join(text.split())


def folded(found: Trace) -> list[str]:
    return [view.view for view in found.views if view.state == "folded"]


def wait_until_everywhere(program: Program, asked: str) -> None:
    def is_everywhere() -> bool:
        found = traced(program, asked)
        return {event.record for event in found.events} == {"published"} and folded(found) == VIEWS_IN_ORDER

    wait_until(is_everywhere, f"{asked} is everywhere\n{program.complaints()}")


def test_what_is_everywhere_is_shown_with_its_places(program: Program) -> None:
    # Given a case of 13 commands, in the topic and in all views
    start(program)
    open_case(program)
    program.run("case", "take", "C-1", "--agent", "ida", "--command-id", TAKEN, *IDA)
    messages = [
        {
            "kind": "case",
            "command_id": f"00000000-0000-4000-8000-{number:012}",
            "actor": {"person": "ida", "organisation": "nord", "role": "seller"},
            "case": "C-1",
            "do": {"action": "message", "text": f"message {number}", "audience": "public"},
        }
        for number in range(3, 14)
    ]
    program.run("submit", "-", given="".join(json.dumps(one) + "\n" for one in messages))
    wait_until_everywhere(program, "C-1")
    # When the second one is traced
    found = as_data(program, TAKEN)
    # Then receipt, position and offset are those of its own event
    assert (found["receipt"]["version"], found["receipt"]["events"]) == (2, 1)
    case = {"kind": "case", "name": "C-1", "stream_id": str(case_stream_id("C-1")), "version": 13}
    assert found["stream"] == case
    (event,) = found["events"]
    assert (event["version"], event["command_id"], event["topic"]) == (2, TAKEN, program.topic)
    assert {view["view"]: view["state"] for view in found["views"]} == dict.fromkeys(CASE_VIEWS, "folded")
    # And the case has the latest ones, or all of them in the order of their offsets
    latest, all_of_it = as_data(program, "C-1"), as_data(program, "C-1", "--all")
    assert (latest["receipt"], latest["earlier"], all_of_it["earlier"]) == (None, 3, 0)
    assert [one["version"] for one in all_of_it["events"]] == list(range(1, 14))
    assert (all_of_it["events"][1], all_of_it["events"][3:]) == (event, latest["events"])
    offsets = [one["offset"] for one in all_of_it["events"]]
    assert offsets == sorted(set(offsets))
    assert "Events (10, the latest of 13; --all for the rest)" in printed(program, "C-1")
    # And the stream is found by its own id, as the quarantine names it
    assert traced(program, str(case_stream_id("C-1"))).events == traced(program, "C-1").events
    # And when Kafka does not answer, the rest is shown
    text = printed(program, OPENED, exits=4, kafka=False)
    assert "The topics cannot be read" in text
    assert "1 event, version 1" in text
    assert text.count(" folded") == len(CASE_VIEWS)


def test_what_is_not_published_or_not_folded_yet_is_named(program: Program) -> None:
    # Given views that run, and a relay that does not
    start(program)
    open_case(program)
    wait_until_everywhere(program, OPENED)
    program.kill("relay")
    program.run("case", "take", "C-1", "--command-id", TAKEN, *IDA)
    # When the command is traced, then it is not published yet
    assert "Not published yet: version 2." in printed(program, TAKEN)
    assert [event.record for event in traced(program, "C-1").events] == ["published", "not_published"]
    # And when a view does not run, but the relay does, then it is not folded yet by that one
    program.kill("sla")
    program.start("relay", "relay", *NO_HEALTH)
    others = [view for view in VIEWS_IN_ORDER if view != "sla"]
    wait_until(lambda: folded(traced(program, TAKEN)) == others, "all views but one have folded it")
    text = printed(program, TAKEN)
    assert "Not folded yet by sla." in text
    assert "ot published yet" not in text


def forge(program: Program) -> None:
    """A record of a case from a program that has access to the topic: its body says nothing."""
    headers = {
        "ce_type": "casecore.case.taken.v1",
        "ce_position": "999999",
        "ce_streamversion": "2",
        "ce_recordedtime": "2026-03-02T09:30:00Z",
    }
    producer = KafkaProducer(**connection(program.cluster))
    key = str(case_stream_id("C-1")).encode()
    producer.send(
        program.topic,
        key=key,
        value=b"{}",
        headers=[(name, value.encode()) for name, value in headers.items()],
    ).get(10)
    producer.close()


def test_a_parked_case_is_named_with_its_reason(program: Program) -> None:
    # Given a forged record of a case, which all views have parked, and a command after it
    start(program)
    open_case(program)
    wait_until_everywhere(program, OPENED)
    forge(program)

    def parked() -> list[TracedView]:
        return [view for view in traced(program, "C-1").views if view.parked is not None]

    wait_until(lambda: len(parked()) == len(CASE_VIEWS), "all views of cases parked the case")
    assert traced(program, "C-1").needs_look
    program.run("case", "take", "C-1", "--command-id", TAKEN, *IDA)
    wait_until(lambda: all(view.parked and view.parked.records == 2 for view in parked()), "it waits behind")
    # When it is traced, then the reason is that of the record that stopped the case
    text = printed(program, TAKEN, exits=5)
    assert f"Parked in {', '.join(VIEWS_IN_ORDER)} since " in text
    assert re.search(r"CES?T: unreadable_body", text)
    assert "2 records, the first at" in text
    assert "folded" not in text
    # And the command before it is folded, which a look is needed for all the same
    assert printed(program, OPENED, exits=5).count("folded; PARKED later") == len(CASE_VIEWS)
    # And once an operator has left the record out, the trace says so
    for view in CASE_VIEWS:
        program.run("quarantine", "skip", view, str(case_stream_id("C-1")), "--because", "forged")
    left_out = f"Left out of {', '.join(VIEWS_IN_ORDER)}: a record of version 2 (unreadable_body)"
    assert f"{left_out}, because: forged" in printed(program, TAKEN)


def test_what_nobody_knows_ends_with_3_and_what_nobody_reads_is_named(program: Program) -> None:
    # Given a case without relay and views, and a party
    open_case(program)
    place = ("--street", "Ring 1", "--postal-code", "20457", "--city", "Hamburg", "--country", "DE")
    vendor = ("--as", "vendor:vendor:vera")
    program.run("party", "register", "nord", "--name", "Nord", "--role", "reseller", *place, *vendor)
    # When an unknown id or name is traced, then it is said what that means
    assert "no receipt: the command" in printed(program, NEVER, exits=3)
    assert "there is no case, licence package or party C-2" in printed(program, "C-2", exits=3)
    # And views that are not there are named, and so is a stream that no view reads
    text = printed(program, "C-1", exits=4)
    assert "sla cannot be asked: there is no view sla in this database" in text
    assert "Not published yet: version 1." in text
    text = printed(program, "nord")
    assert "party nord" in text
    assert "No view reads this stream." in text
