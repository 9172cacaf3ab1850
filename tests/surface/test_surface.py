"""The program's outer surface is that of bee97ac, but for the differences that the changelog names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from casecore.kafka.cluster import Cluster
from tests.surface.command_line import ROOT
from tests.surface.differences import (
    applied,
    comparison,
    missing_from_changelog,
    not_occurring,
    read_differences,
)
from tests.surface.drafts import write_draft
from tests.surface.installation import Installation, installed
from tests.surface.parts import CAPTURED, PARTS
from tests.surface.story import tell
from tests.surface.written import read_part

DRAFTS = ROOT / ".casecore" / "drafts"
DIFFERENCES = read_differences(Path(__file__).with_name("differences.toml"))

WITHOUT_SERVERS = "help"


@pytest.fixture(scope="module")
def installation(postgres_server: str, kafka_server: Cluster) -> Iterator[Installation]:
    """The one installation of all parts, after the story."""
    with installed(postgres_server, kafka_server) as installation:
        tell(installation)
        yield installation


@pytest.mark.parametrize("part", [part for part in PARTS if part != WITHOUT_SERVERS])
def test_the_surface_is_that_of_the_commit(part: str, installation: Installation) -> None:
    assert_unchanged(part, lambda: installation)


def test_the_help_texts_are_those_of_the_commit() -> None:
    assert_unchanged(WITHOUT_SERVERS, lambda: pytest.fail("the help texts ask for the installation"))


def assert_unchanged(part: str, installation: Callable[[], Installation]) -> None:
    # Given what was captured then, and the differences that are wanted since
    old = read_part(CAPTURED, part)
    wanted = [one for one in DIFFERENCES if one.part == part]
    expected = applied(old, wanted)
    # When it is captured again
    captured = PARTS[part](installation)
    # Then each of them is there, and nothing else is different
    assert not_occurring(old, captured, wanted) == [], "differences that are listed and do not occur"
    if difference := comparison(expected, captured):
        file = write_draft(DRAFTS, part, expected, captured)
        says = f"if that is wanted, differences.toml takes what is in {file}, with lines of the changelog"
        pytest.fail(f"{part} is not as in {CAPTURED.name}:\n{difference}\n{says}", pytrace=False)


def test_the_changelog_names_every_difference() -> None:
    assert missing_from_changelog(DIFFERENCES, (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")) == []
    assert {one.part for one in DIFFERENCES} <= set(PARTS)
