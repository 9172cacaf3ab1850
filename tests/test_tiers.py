"""Each test is in the tier that its fixtures put it in, and stays there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from casecore.local import kafka, postgres
from tests import tiers

TESTS = Path(__file__).parent
TEXTS = {path.relative_to(TESTS): path.read_text(encoding="utf-8") for path in TESTS.rglob("*.py")}
ADVICE = "make check.*, and starts {}. Let it name the fixture `database`"


def test_a_test_without_servers_that_starts_postgresql_fails_with_advice(tmp_path: Path) -> None:
    with pytest.raises(pytest.fail.Exception, match=ADVICE.format("initdb")):
        postgres.start(tmp_path)


def test_a_test_without_servers_that_starts_kafka_fails_with_advice(
    tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    with pytest.raises(pytest.fail.Exception, match=ADVICE.format("java")):
        kafka.prepare(tmp_path, pytestconfig.rootpath / ".casecore" / "cache")


def test_a_test_that_uses_a_database_belongs_to_the_tests_with_servers(
    database: str, request: pytest.FixtureRequest
) -> None:
    assert request.node.get_closest_marker("servers") is not None


def test_a_test_that_uses_nothing_belongs_to_those_without(request: pytest.FixtureRequest) -> None:
    assert request.node.get_closest_marker("servers") is None


def test_every_fixture_of_the_list_exists() -> None:
    fixture = re.compile(r"@pytest\.fixture\b[^\n]*\ndef (\w+)")
    found = {name for text in TEXTS.values() for name in fixture.findall(text)}
    assert found >= tiers.SERVER_FIXTURES


def test_no_test_overrides_the_profile_of_examples() -> None:
    # Settings of hypothesis are made in tests/profiles.py, from the profile.
    imported = re.compile(r"from hypothesis import (\([^)]*\)|[^\n]*)")
    makes = {path for path, text in TEXTS.items() if any("settings" in n for n in imported.findall(text))}
    assert makes == {Path("profiles.py")}
