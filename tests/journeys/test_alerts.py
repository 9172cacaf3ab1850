"""What goes wrong on real servers is seen by the rules of ops/prometheus, in what the processes answer."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from kafka import KafkaProducer

from casecore.contract.streams import case_stream_id
from casecore.kafka.settings import connection
from casecore.relay.place import partition_number
from tests.journeys.harness.program import CASE_VIEWS, Program
from tests.journeys.harness.scraped import Scraped
from tests.journeys.watched import publish_policies
from tests.waiting import LIMIT_SECONDS, wait_until

OPENING = ("case", "open", "--customer", "praxis", "--seller", "nord", "--topic", "activation")
IDA = ("--as", "seller:nord:ida")


def test_what_ends_or_falls_behind_is_noticed_until_it_is_back(scraped: Scraped) -> None:
    program = scraped.program
    # Given a watch whose view is not there yet, and nothing else
    scraped.start("watch")
    wait_until(scraped.samples, "the watch answers")
    assert scraped.alerts() == {
        "CasecoreRelayNotPublishing",
        "CasecoreAuditSilent",
        "CasecoreWatchSilent",
    }
    # When everything runs, all is well
    scraped.start_all()
    program.run(*OPENING, "--reference", "A-1", *IDA)
    scraped.wait_for()

    # When the relay has ended, and a command was given two minutes ago
    program.kill("relay")
    scraped.wait_for("CasecoreRelayNotPublishing")
    scraped.give_two_minutes_ago("A-2", 1, *OPENING, "--reference", "A-2", *IDA)
    scraped.wait_for("CasecoreRelayNotPublishing", "CasecoreLag")
    assert scraped.behind() == {"relay", "workload", "sla", "timeline"}
    # Then it is well again once a relay publishes
    scraped.start("relay")
    scraped.wait_for()

    # When a view's runner has ended, too, and the relay is back, that view alone is behind
    program.kill("relay")
    program.kill("sla")
    scraped.give_two_minutes_ago("A-2", 2, "case", "take", "A-2", *IDA)
    scraped.start("relay")
    scraped.wait_for("CasecoreLag")
    wait_until(lambda: scraped.behind() == {"sla"}, "the other views are not behind")
    scraped.start("sla")
    scraped.wait_for()

    # When those who look have ended, that is noticed, too
    program.kill("watch")
    scraped.wait_for("CasecoreWatchSilent")
    program.kill("audit")
    scraped.wait_for("CasecoreWatchSilent", "CasecoreAuditSilent")


def test_what_is_lost_or_forged_is_noticed_until_somebody_decides(scraped: Scraped) -> None:
    program = scraped.program
    scraped.start_all()
    for number in range(3):
        program.run(*OPENING, "--reference", f"A-{number}", *IDA)
    program.wait_until_folded()
    scraped.wait_for()

    # When a row of a view is lost
    scraped.run("delete from workload.cases where reference = 'A-1'")
    scraped.wait_for("CasecoreAuditDifference")
    program.run("audit", exits=5)
    # Then a rebuild names it and brings it back, and an audit that begins again finds nothing
    program.run("rebuild", "workload", exits=5)
    program.run("audit")
    program.kill("audit")
    scraped.start("audit")
    scraped.wait_for()

    # When somebody else has written into a topic
    key = str(case_stream_id("A-2"))
    producer = KafkaProducer(**connection(program.cluster))
    place = partition_number(case_stream_id("A-2"))
    producer.send(program.topic, b"\xff no event", key.encode(), [], place).get(LIMIT_SECONDS)
    producer.close()
    scraped.wait_for("CasecoreQuarantine", "CasecoreAuditDifference")
    wait_until(lambda: parked(program) == {(view, key) for view in CASE_VIEWS}, "each view has parked it")
    # Then it is left out for good, view by view
    for view in CASE_VIEWS:
        program.run("quarantine", "skip", view, key, "--because", "forged")
    program.run("quarantine", "list")


def parked(program: Program) -> set[tuple[str, str]]:
    """The views and keys that are in quarantine."""
    listed = json.loads(program.run("quarantine", "list", "--json", exits=5))
    return {(one["view"], one["key"]) for one in listed}


def test_a_case_that_falls_due_soon_is_noticed_until_somebody_has_it(
    scraped: Scraped, tmp_path: Path
) -> None:
    program = scraped.program
    # Given a policy that asks for an answer within an hour, a case that is overdue, and one that has time
    publish_policies(program, tmp_path)
    now = datetime.now(UTC)
    program.run(*OPENING, "--reference", "OVERDUE", "--at", (now - timedelta(hours=2)).isoformat(), *IDA)
    program.run(*OPENING, "--reference", "NEW", *IDA)
    scraped.start_all()
    scraped.wait_for()
    # When one is due in a quarter of an hour, and nobody has it
    program.run(*OPENING, "--reference", "SOON", "--at", (now - timedelta(minutes=45)).isoformat(), *IDA)
    scraped.wait_for("CasecoreDueSoonUnassigned")
    due = json.loads(program.run("sla", "due", "--within", "30m", "--ahead", "--json"))
    assert {(one["reference"], one["case_agent"]) for one in due} == {("SOON", None)}
    # When somebody of the seller takes it without naming anybody, it is as before; then somebody has it
    program.run("case", "take", "SOON", *IDA)
    program.run("case", "assign", "SOON", "--agent", "ida", *IDA)
    scraped.wait_for()
