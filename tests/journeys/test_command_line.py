"""A case at the command line: every command once, and what is said when something is wrong."""

from __future__ import annotations

import json
import re
import shlex
import urllib.request
from pathlib import Path

import psycopg

from casecore.kafka.settings import connection
from tests.journeys.harness.program import FIRST_TERMS, VIEWS, WHOLE_CASE_VIEWS, Program
from tests.waiting import LIMIT_SECONDS, wait_until

IDA = ("--as", "seller:nord:ida")
VERA = ("--as", "vendor:vendor:vera")
CUSTOMER = ("--as", "customer:praxis:oehler")
PARTNER = ("--as", "partner:hilfe:paul")
OPENING = ("case", "open", "--customer", "praxis", "--seller", "nord")


def test_a_case_through_all_commands(program: Program) -> None:
    program.start_all()
    program.run(*OPENING, "--topic", "troubleshooting", "--reference", "C-1", *IDA)
    steps = (
        (("take",), IDA),
        (("assign", "--agent", "ida"), IDA),
        (("effort", "--minutes", "25", "--note", "remote session"), IDA),
        (("escalate", "--reason", "error 17"), IDA),
        (("hand-back", "--reason", "renew the licence"), VERA),
        (("escalate",), IDA),
        (("assign", "--agent", "vera"), VERA),
        (("priority", "--to", "urgent"), VERA),
        (("wait", "--reason", "asked for the log"), VERA),
        (("resume",), VERA),
        (("wait",), VERA),
        (("message", "--text", "Here is the log."), CUSTOMER),
        (("message", "--text", "known error", "--internal-for", "nord"), VERA),
        (("reclassify", "--category", "technical_support", "--topic", "recovery"), VERA),
        (("resolve", "--code", "workaround", "--summary", "restored"), VERA),
        (("reopen", "--reason", "it is back"), CUSTOMER),
        (("resolve",), VERA),
        (("close",), CUSTOMER),
    )
    for version, ((command, *options), actor) in enumerate(steps, start=2):
        printed = program.run("case", command, "C-1", *options, *actor)
        assert printed.strip().endswith(f"version {version}"), printed
    # Then the views say what became of it, as new as the last command
    shown = program.ask_until_fresh("case", "show", "C-1")
    case = shown["case"]
    assert (case["state"], case["priority"], case["topic"]) == ("closed", "urgent", "recovery")
    counted = ("hand_overs_up", "hand_overs_down", "bounces", "reopened", "effort_minutes", "messages")
    assert [case[name] for name in counted] == [2, 1, 1, 1, 25, 2]
    assert [event["version"] for event in shown["timeline"]] == list(range(1, 20))
    # And the store prints the same events, a line each
    lines = [json.loads(line) for line in program.run("case", "show", "C-1", "--events").splitlines()]
    assert [line["type"] for line in lines][:3] == [
        "casecore.case.opened.v1",
        "casecore.case.taken.v1",
        "casecore.case.assigned.v1",
    ]
    assert "Timeline of C-1" in program.run("case", "show", "C-1")
    assert program.run("case", "list", "--all").count("C-1") == 1
    assert "C-1" not in program.run("case", "list")
    assert program.check_laws() == 19 + FIRST_TERMS


def test_user_support_goes_to_the_partner_and_back_when_it_is_technical(program: Program) -> None:
    options = ("--category", "user_support", "--topic", "training", "--partner", "hilfe")
    program.run(*OPENING, *options, "--reference", "U-1", *CUSTOMER)
    program.run("case", "take", "U-1", *PARTNER)
    program.run(
        "case", "reclassify", "U-1", "--category", "technical_support", "--topic", "activation", *PARTNER
    )
    assert "may not take" in program.run("case", "take", "U-1", *PARTNER, exits=3)
    program.run("case", "take", "U-1", *IDA)
    program.run("case", "cancel", "U-1", "--duplicate-of", "C-9", *IDA)


def test_a_command_given_twice_with_its_id_is_stored_once(program: Program) -> None:
    options = (*OPENING, "--topic", "activation", "--reference", "C-1", *IDA)
    given = ("--command-id", "00000000-0000-4000-8000-000000000001")
    program.run(*options, *given)
    assert "given before" in program.run(*options, *given)
    answer = json.loads(program.run(*options, *given, "--json"))
    assert (answer["version"], answer["repeated"]) == (1, True)
    assert "give each command an id of its own" in program.run("case", "take", "C-1", *IDA, *given, exits=3)
    # And without a reference, the same command opens the same case
    unnamed = (*OPENING, "--topic", "activation", *IDA, "--json")
    again = ("--command-id", "00000000-0000-4000-8000-000000000002")
    first, second = (json.loads(program.run(*unnamed, *again)) for _ in range(2))
    assert (first["case"], first["repeated"], second["repeated"]) == (second["case"], False, True)


def test_what_is_wrong_is_said_with_what_would_be_right(program: Program) -> None:
    program.run(*OPENING, "--topic", "activation", "--reference", "C-1", *IDA)
    wrong = (
        (("case", "close", "C-1", *IDA), 3, "close is not possible while the case is opened"),
        (("case", "escalate", "C-1", *IDA), 3, "possible are"),
        (("case", "take", "C-2", *IDA), 3, "There is no case C-2"),
        (("case", "take", "C-1", "--as", "seller:sued:udo"), 3, "There is no case C-1"),
        (("case", "close", "C-1", "--as", "customer:nord:ida"), 3, "nord is not the customer"),
        (("case", "take", "C-1"), 2, "try: casecore … --as ROLE:ORGANISATION:PERSON"),
        (("case", "take", "C-1", *IDA, "--at", "2099-01-01T00:00:00Z"), 3, "lies after now"),
        (("case", "take", "C-1", *IDA, "--at", "2020-01-01T00:00:00Z"), 3, "before the case's last change"),
        ((*OPENING, "--topic", "flying", *IDA), 3, "these are: activation,"),
        (("case", "show", "C-2"), 3, "There is no case C-2"),
        (("project", "sales"), 2, f"there is no view 'sales'; there are: {', '.join(sorted(VIEWS))}"),
        (("case", "list"), 4, "start its runner"),
        (("import", "README.md", "--mapping", "README.md"), 2, "README.md:"),
    )
    for arguments, code, says in wrong:
        printed = " ".join(program.run(*arguments, exits=code).split())
        assert says in printed, f"{arguments}: {printed}"


def test_many_commands_as_json_lines_are_answered_in_order(program: Program) -> None:
    actor = {"person": "ida", "organisation": "nord", "role": "seller"}
    opening = {
        "action": "open",
        "customer": "praxis",
        "seller": "nord",
        "category": "technical_support",
        "topic": "activation",
    }
    given = [
        {
            "kind": "case",
            "command_id": f"00000000-0000-4000-8000-{n:012}",
            "actor": actor,
            "case": case,
            "do": do,
        }
        for n, (case, do) in enumerate(
            [("C-1", opening), ("C-1", opening), ("C-1", {"action": "take"}), ("C-1", {"action": "tkae"})]
        )
    ]
    lines = (
        "".join(json.dumps(command) + "\n" for command in given)
        + "\n"
        + '{"kind":"case"\n'
        + "[" * 9_000
        + "\n"
    )
    answers = [json.loads(line) for line in program.run("submit", "-", given=lines, exits=3).splitlines()]
    assert [answer.get("version") or answer["refused"] for answer in answers] == [
        1,
        "case_already_opened",
        2,
        "command_malformed",
        "command_malformed",
        "command_malformed",
    ]


def test_hostile_lines_store_nothing(program: Program) -> None:
    huge = '{"kind":"case","case":"' + "x" * 400_000 + '"}\n'
    hostile = [
        huge,
        '{"kind":"case","case":"\\u0000"}\n',
        '{"kind":"case","do":' + "9" * 5_000 + "}\n",
        "NaN\n",
    ]
    answers = program.run("submit", "-", given="".join(hostile), exits=3).splitlines()
    assert [json.loads(answer)["refused"] for answer in answers] == ["command_malformed"] * 4
    with psycopg.connect(program.database) as connection:
        assert connection.execute("select count(*) from casecore.stored_events").fetchone() == (FIRST_TERMS,)


def test_relay_and_runners_answer_health_and_metrics(program: Program, free_port: int) -> None:
    program.start("relay", "relay", "--health-port", str(free_port))
    program.start("workload", "project", "timeline", "workload", "--health-port", str(free_port + 1))
    program.run(*OPENING, "--topic", "activation", "--reference", "C-1", *IDA)

    def metrics(port: int) -> str:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=LIMIT_SECONDS) as answer:
                return str(answer.read().decode())
        except OSError:
            return ""

    wait_until(
        lambda: f"casecore_relay_position {1 + FIRST_TERMS}.0" in metrics(free_port), "the relay's position"
    )
    for view in ("timeline", "workload"):  # both in one process

        def has_folded(view: str = view) -> bool:
            return f'casecore_projection_events_total{{view="{view}"}} 1.0' in metrics(free_port + 1)

        wait_until(has_folded, f"the events of {view}")
    assert "casecore_relay_lag_events 0.0" in metrics(free_port)
    assert 'quarantined_records{view="workload"} 0.0' in metrics(free_port + 1)
    with urllib.request.urlopen(f"http://127.0.0.1:{free_port + 1}/health", timeout=LIMIT_SECONDS) as answer:
        assert answer.status == 200


def test_a_record_that_cannot_be_applied_parks_its_case_and_nobody_else_waits(program: Program) -> None:
    # Given a forged record of a case, from a program that has access to the topic
    from kafka import KafkaProducer

    program.start_all()
    program.run(*OPENING, "--topic", "activation", "--reference", "C-1", *IDA)
    program.wait_until_folded()
    key = program.ask_until_fresh("case", "show", "C-1")["case"]["case_id"]
    producer = KafkaProducer(**connection(program.cluster))
    headers = {
        "ce_type": "casecore.case.taken.v1",
        "ce_position": "999999",
        "ce_streamversion": "2",
        "ce_recordedtime": "2026-03-02T09:30:00Z",
    }
    producer.send(
        program.topic, key=key.encode(), value=b"{}", headers=[(k, v.encode()) for k, v in headers.items()]
    ).get(LIMIT_SECONDS)
    producer.close()
    # When the views come to it; then the case is parked, with the reason, and another case is not
    wait_until(
        lambda: (
            len(json.loads(program.run("quarantine", "list", "--json", exits=(0, 5))))
            == len(WHOLE_CASE_VIEWS)
        ),
        "all views of cases parked the case",
    )
    assert "parked since" in program.run("quarantine", "list", exits=5)
    program.run(*OPENING, "--topic", "activation", "--reference", "C-2", *IDA)
    program.ask_until_fresh("case", "show", "C-2")
    # And once it is left out with a reason, the case goes on
    for view in WHOLE_CASE_VIEWS:
        assert "remain" in program.run("quarantine", "retry", view, exits=5)
        program.run("quarantine", "skip", view, key, "--because", "forged")
    program.run("case", "take", "C-1", *IDA)
    assert program.ask_until_fresh("case", "show", "C-1")["case"]["state"] == "reseller_l0"


def test_the_readme_walks_the_same_way(program: Program) -> None:
    # Given what the README says to type
    readme = Path("README.md").read_text(encoding="utf-8")
    block = readme.split("## Giving commands")[1].split("```")[1]
    [actor] = re.findall(r"export CASECORE_ACTOR=(\S+)", block)
    typed = [shlex.split(line)[1:] for line in block.splitlines() if line.startswith("casecore ")]
    assert [words[1] for words in typed] == ["open", "take", "escalate", "resolve", "show"]
    # When it is typed
    program.start_all()
    for words in typed:
        shown = program.run(*words, environment={"CASECORE_ACTOR": actor})
    # Then the case has gone that way
    assert [what for what in ("opened", "taken", "escalated", "resolved") if what not in shown] == []
