"""The API as its settings put it together."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from starlette.responses import Response
from starlette.testclient import TestClient

from casecore.app.actors import parse_actor
from casecore.app.addresses import Addresses
from casecore.app.application import open_app
from casecore.app.identities import add_key
from casecore.app.settings import read_settings
from casecore.http.serving.metrics import ApiMetrics
from casecore.identity.identity import Scope
from casecore.serving.application import make_application

ELSEWHERE = "203.0.113.9"
ISSUER = """
issuer = "https://issuer.example"
audience = "casecore"
"""


def asked_for(
    tmp_path: Path, settings: dict[str, str], bearer: str = "", peer: str = "127.0.0.1"
) -> Response:
    """What is answered to an accountant, or another bearer, whose command names no version and cannot be
    read."""
    read = read_settings({"CASECORE_HOME": str(tmp_path), **settings})
    key = add_key(read, parse_actor("seller:nord:ida"), [Scope.ACCOUNTANT], datetime.now(UTC), None).text
    headers = {"Authorization": f"Bearer {bearer or key}", "Idempotency-Key": str(uuid4())}
    with open_app(read, Addresses("postgresql://127.0.0.1:1/none", "")) as app:
        client = TestClient(
            make_application(app, ApiMetrics()), raise_server_exceptions=False, client=(peer, 50_000)
        )
        return client.post("/v1/licences/P-1/cancel", json={"on": 1}, headers=headers)


@pytest.mark.parametrize(("word", "status"), [("honoured", 400), ("demanded", 428)])
def test_if_match_is_demanded_where_that_is_set(tmp_path: Path, word: str, status: int) -> None:
    assert asked_for(tmp_path, {"CASECORE_API_IF_MATCH": word}).status_code == status


@pytest.mark.parametrize(("word", "status"), [("loopback", 401), ("anywhere", 400)])
def test_a_key_from_elsewhere_is_taken_where_that_is_set(tmp_path: Path, word: str, status: int) -> None:
    assert asked_for(tmp_path, {"CASECORE_API_KEYS": word}, peer=ELSEWHERE).status_code == status
    assert asked_for(tmp_path, {"CASECORE_API_KEYS": word}).status_code == 400


def test_tokens_are_taken_where_an_issuer_is_set(tmp_path: Path) -> None:
    (tmp_path / "issuer.toml").write_text(ISSUER)
    for settings, says in (
        ({}, "Tokens are not taken here"),
        ({"CASECORE_API_ISSUER": str(tmp_path / "issuer.toml")}, "The token cannot be taken"),
    ):
        assert says in asked_for(tmp_path, settings, bearer="no.real.token").json()["detail"]
