"""What people type is read exactly, or refused with what would be right."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from casecore.cli.command_options import read_instant, read_uuid
from casecore.errors.kinds import InvalidInput


def test_an_instant_has_an_offset_and_becomes_utc() -> None:
    assert read_instant("2026-03-02T10:30:00+01:00") == datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    with pytest.raises(InvalidInput, match="names no offset from UTC: write 2026-03-02T10:30:00Z"):
        read_instant("2026-03-02T10:30:00")
    with pytest.raises(InvalidInput, match="is not an instant"):
        read_instant("monday")


def test_a_uuid_is_one() -> None:
    with pytest.raises(InvalidInput, match="--command-id 'seven' is not a UUID"):
        read_uuid("--command-id", "seven")
