"""What is unavailable behind the API: callers hear when to try again, and nothing of what is behind it."""

from __future__ import annotations

from uuid import uuid4

import psycopg
import pytest

from casecore.app import views
from casecore.app.addresses import NotRunning
from casecore.errors.files import file_error
from casecore.http.problems import problem_of, status_of
from casecore.postgres.errors import AccessDenied, unavailable

OPENING = {"customer": "praxis", "seller": "nord", "category": "technical_support", "topic": "activation"}
SECRET = "secret.internal"


@pytest.mark.parametrize(
    "error",
    [
        unavailable(psycopg.OperationalError(f"connection to {SECRET} failed for user x")),
        psycopg.OperationalError(f"connection to {SECRET} failed"),
        psycopg.InterfaceError(SECRET),
        AccessDenied(f"permission denied for {SECRET}"),
        NotRunning(f"no local servers run below /{SECRET}"),
        file_error(OSError(28, "No space left on device", SECRET)),
        OSError(28, "No space left on device", SECRET),
    ],
    ids=repr,
)
def test_a_caller_hears_that_something_is_unavailable_and_not_where_or_what_it_is(error):
    problem = problem_of(error)
    assert (problem.status, status_of(error)) == (503, 503)
    assert "try again later" in problem.detail
    assert SECRET not in repr(problem)


def test_a_command_that_is_stored_is_not_taken_for_one_that_is_not_when_views_cannot_be_asked(
    door, monkeypatch
):
    # Given a PostgreSQL that is lost after the commit
    def lost(*_):
        raise unavailable(psycopg.OperationalError("the server ended"))

    monkeypatch.setattr(views, "wait_for_version", lost)
    headers = {**door.key("seller:nord:ida"), "Idempotency-Key": str(uuid4()), "Prefer": "wait=1"}
    answer = door.client.post("/v1/cases", json=OPENING, headers=headers)
    assert (answer.status_code, answer.json()["views"]) == (201, "behind")
