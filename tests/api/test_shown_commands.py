"""Every command of curl that a page shows does what the page says, typed at a shell and sent by a program."""

from __future__ import annotations

import os
import shutil
import subprocess
from uuid import uuid4

import httpx2 as httpx
import pytest

from projections.timeline.projection import TIMELINE
from projections.workload.projection import WORKLOAD
from tests.api.shown_commands import page, request_of
from tests.projections.stored import fold_store

NEEDS_CURL = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")


@pytest.fixture
def typed(door, address):
    """What the pages export, for the installation of this test; the README's tour has opened C-1 before."""
    ida = door.key("seller:nord:ida")
    opening = {
        "customer": "praxis-ost",
        "seller": "nord",
        "category": "technical_support",
        "topic": "recovery",
    }
    done = [("open", opening), ("take", {}), ("escalate", {}), ("resolve", {"resolution_code": "solved"})]
    for verb, body in done:
        who = door.key("vendor:vendor:vera") if verb == "resolve" else ida
        headers = {**who, "Idempotency-Key": str(uuid4())}
        assert door.client.post(f"/v1/cases/C-1/{verb}", json=body, headers=headers).is_success
    return {"AUTH": f"Authorization: {ida['Authorization']}", "API": f"{address}/v1"}


def by_program(shown, typed, key):
    del key
    with httpx.Client() as client:
        return client.send(request_of(shown, typed, lambda: f"Idempotency-Key: {uuid4()}")).status_code


def by_shell(shown, typed, key):
    quiet = shown.text.replace("curl ", "curl -sS -o /dev/null -w '%{http_code}' ", 1)
    script = f"{key}\n{quiet}\n"
    done = subprocess.run(
        ["sh", "-c", script], env={**os.environ, **typed}, capture_output=True, text=True, check=True
    )
    return int(done.stdout)


@pytest.mark.parametrize("name", ["README.md", "docs/api.md"])
@pytest.mark.parametrize("send", [by_program, pytest.param(by_shell, marks=NEEDS_CURL)])
def test_what_a_page_shows_is_answered_as_it_says(typed, database, name, send):
    shown_page = page(name)
    assert len(shown_page.commands) >= 6
    for shown in shown_page.commands:
        for view in (WORKLOAD, TIMELINE):
            fold_store(database, view)
        status = send(shown, typed, shown_page.key)
        assert shown.is_expected(status), (shown.text, status)
