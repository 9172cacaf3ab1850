"""What people do at the help desk over HTTP, for tests of what others see of it."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

from casecore.app.actors import parse_actor
from casecore.app.addresses import Addresses
from casecore.app.application import open_app
from casecore.app.command_context import CommandContext
from casecore.app.service_levels.policies_and_calendars import publish_calendar, publish_policy
from casecore.app.settings import read_settings
from casecore.contract.streams import case_stream_id
from casecore.postgres.connection import connect
from casecore.postgres.limits import STORE

OPENING = {"customer": "praxis", "seller": "nord", "category": "technical_support", "topic": "activation"}

PARK = """insert into {view}.quarantine
  (topic, partition, record_offset, key, reason, detail, record_headers)
values ('cases', 0, 1000000, convert_to(%s, 'UTF8'), 'unreadable', 'a secret of the body', '\\x90')"""


def opened(door, who, **other):
    """A new case's reference."""
    headers = {**who, "Idempotency-Key": str(uuid4())}
    answer = door.client.post("/v1/cases", json={**OPENING, **other}, headers=headers)
    assert answer.status_code == 201, answer.text
    return answer.json()["case"]


def done(door, who, case, verb, **body):
    """The answer to a command that was accepted."""
    headers = {**who, "Idempotency-Key": str(uuid4())}
    answer = door.client.post(f"/v1/cases/{case}/{verb}", json=body, headers=headers)
    assert answer.is_success, answer.text
    return answer.json()


def noted_internally(door, who, case, *readers):
    """An internal message for these readers."""
    note = {"text": "between us", "audience": "internal", "readers": readers}
    return done(door, who, case, "message", **note)


def parked(database, case, view="workload"):
    """Park a case's key, as the runner does with a record that it cannot apply."""
    with connect(database, STORE) as connection:
        connection.execute(PARK.format(view=view), [str(case_stream_id(case))])


def published(database):
    """The vendor's promise for a case as a whole, and nord's for its level 0, each with its calendar."""
    folder, settings = Path("docs/service-levels"), read_settings({"CASECORE_DATABASE": database})
    promises = {
        "vendor:vendor:ann": ("berlin", "vendor-end-to-end"),
        "seller:nord:ida": ("nord", "nord-level-0"),
    }
    with open_app(settings, Addresses(database, "127.0.0.1:1")) as app:
        for actor, (calendar, policy) in promises.items():
            by = CommandContext(parse_actor(actor))
            publish_calendar(app, folder / f"calendars/{calendar}.toml", by)
            publish_policy(app, folder / f"{policy}.toml", by)
