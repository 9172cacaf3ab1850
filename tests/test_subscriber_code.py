"""The README's subscriber, on records that Kafka might hand out: newer versions, and words that are new."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.test_subscriber import subscriber

KAFKA = """
import json, pathlib
from types import SimpleNamespace
given = json.loads(pathlib.Path(__file__).with_name("records.json").read_text())
class KafkaConsumer:
    def __init__(self, topic, **options):
        assert options["bootstrap_servers"] == "nowhere:1" and options["sasl_plain_password"] == "a=b"
        assert options["isolation_level"] == "read_committed" and not options["enable_auto_commit"]
    def __iter__(self):
        for headers, value in given:
            named = [(name, text.encode()) for name, text in headers.items()]
            yield SimpleNamespace(headers=named, value=json.dumps(value).encode())
    def commit(self):
        print("committed", flush=True)
"""
"""In place of the library: it hands out what the test has written beside it."""

Record = tuple[dict[str, str], dict[str, Any]]


def record(
    reference: str, event_type: str = "casecore.case.escalated.v1", priority: str = "normal", **more: Any
) -> Record:
    """A record of a case that is with the vendor; `more` are fields that nobody knows."""
    headers = {
        "ce_id": f"{reference}/2",
        "ce_time": "2026-03-02T08:15:00Z",
        "ce_type": event_type,
        "ce_new": "1",
    }
    standing = {"state": "escalated_l1", "priority": priority, "organisation": "vendor", **more}
    return headers, {"data": {"reference": reference, "standing": standing, **more}, **more}


@pytest.fixture
def heard(tmp_path: Path) -> Any:
    """What the subscriber prints for some records, and how it ends."""

    def run(*records: Record) -> tuple[list[str], int, str]:
        (tmp_path / "kafka.py").write_text(KAFKA)
        (tmp_path / "records.json").write_text(json.dumps(records))
        (tmp_path / "subscriber.py").write_text(subscriber())
        options = tmp_path / "client.properties"
        options.write_text("bootstrap.servers=nowhere:1\nsasl.username=ida\nsasl.password=a=b\n")
        done = subprocess.run(
            [sys.executable, str(tmp_path / "subscriber.py"), str(options), "casecore.cases"],
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        return done.stdout.splitlines(), done.returncode, done.stderr

    return run


def test_a_type_is_matched_by_its_name_and_others_are_skipped(heard: Any) -> None:
    # Given an escalation among other types, also one that is new, or of another form
    printed, code, _ = heard(
        record("C-1", "casecore.case.taken.v1"),
        record("C-2"),
        record("C-3", "casecore.case.escalated_twice.v1"),
        record("C-4", "somebody.else"),
    )
    # Then only the escalation is heard, and committed
    assert printed == ["2026-03-02T08:15:00Z C-2 vendor normal", "committed"]
    assert code == 0


def test_it_stops_before_a_newer_version_and_never_skips_it(heard: Any) -> None:
    printed, code, says = heard(record("C-1"), record("C-2", "casecore.case.escalated.v2"), record("C-3"))
    assert printed == ["2026-03-02T08:15:00Z C-1 vendor normal", "committed"]
    assert code != 0
    assert "C-2/2 is a casecore.case.escalated.v2: update this program" in says


def test_a_word_that_is_new_is_shown_and_fields_that_are_new_are_ignored(heard: Any) -> None:
    printed, code, _ = heard(
        record("C-1", priority="immediate", colour="red"), record("C-2", priority="urgent")
    )
    shown = [line for line in printed if line != "committed"]
    assert [line.split()[1:] for line in shown] == [
        ["C-1", "vendor", "immediate"],
        ["C-2", "vendor", "urgent"],
    ]
    assert code == 0
