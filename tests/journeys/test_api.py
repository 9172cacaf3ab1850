"""The API as its callers meet it: the program itself, on Kafka and with its views, in two processes."""

from __future__ import annotations

import signal
from uuid import uuid4

import httpx2 as httpx
import pytest

from tests.journeys.harness.program import FIRST_TERMS, Program
from tests.waiting import LIMIT_SECONDS, wait_until

OPENING = {"customer": "praxis", "seller": "nord", "category": "technical_support", "topic": "activation"}
SERVERS = ("api", "api-2")


@pytest.fixture
def urls(program: Program, free_port: int) -> list[str]:
    """Two servers, side by side."""
    program.start_all()
    found = []
    for port, name in enumerate(SERVERS, start=free_port):
        program.start(name, "serve", "--port", str(port))
        found.append(f"http://127.0.0.1:{port}")
    for url in found:
        wait_until(lambda url=url: answers(url), f"{url} answers")
    return found


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/v1/cases").status_code == 401  # nobody is known by nothing
    except httpx.TransportError:
        return False


def test_a_case_is_opened_at_one_server_and_read_at_another(program: Program, urls: list[str]) -> None:
    # Given somebody with a key
    key = program.run("identity", "add", "seller:nord:ida").strip()
    with httpx.Client(headers={"Authorization": f"Bearer {key}"}, timeout=LIMIT_SECONDS) as client:
        # When they open a case, and wait for the views
        once = {"Idempotency-Key": str(uuid4()), "Prefer": "wait=10"}
        opened = client.post(f"{urls[0]}/v1/cases", json=OPENING, headers=once)
        assert opened.status_code == 201, opened.text
        if opened.json()["views"] == "behind":  # on a machine that is busy with other work
            program.wait_until_folded()
        # Then the other server has it, and answers the same command as the first one did
        case = client.get(f"{urls[1]}{opened.headers['location']}")
        assert case.status_code == 200, case.text
        assert (case.json()["case"]["state"], case.headers["etag"]) == ("opened", '"1"')
        again = client.post(f"{urls[1]}/v1/cases", json=OPENING, headers=once)
        assert again.headers["idempotency-replayed"] == "true"
        assert again.json()["case"] == opened.json()["case"]
    # And both end as they are told, and what was stored is as it must be
    assert [program.end(name, signal.SIGTERM) for name in SERVERS] == [0, 0], program.complaints()
    assert program.check_laws() == 1 + FIRST_TERMS
