"""How many sessions in PostgreSQL a run opens: one for all that it reads, and one for the archive."""

from __future__ import annotations

from datetime import date

import pytest

from casecore.postgres import connection
from tests.runs.business import Business


def count_sessions(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The name of each session that is opened from now on; the bus has its own already."""
    connect, opened = connection.connect, list[str]()

    def counted(database: str, limits: object, application_name: str = "casecore") -> connection.Connection:
        opened.append(application_name)
        return connect(database, limits, application_name)  # type: ignore[arg-type]

    monkeypatch.setattr(connection, "connect", counted)
    return opened


def test_a_year_is_closed_over_one_session_for_reading(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a reseller that owes one fee
    business.activate("L-1", "klinik", "nord", date(2024, 7, 1))
    # When its year is closed, with one document
    opened = count_sessions(monkeypatch)
    done = business.close(2024, "nord")
    assert done.documents == ["R-000001"]
    # Then one session was opened for the books, and one for the archive
    assert len(opened) == 2
