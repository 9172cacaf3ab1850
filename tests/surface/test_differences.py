"""A wanted difference is applied where it fits, and one that does not fit or does not occur is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.surface.differences import (
    MISSING,
    Difference,
    Unapplied,
    applied,
    comparison,
    missing_from_changelog,
    not_occurring,
    read_differences,
    same,
)
from tests.surface.drafts import CHANGELOG, write_draft

OLD = {"a": {"x": 1, "y": "one"}, "lines": ["one", "two", "three", "two"]}
LINE = "- Something is called otherwise."


def difference(*path: str, old: Any = MISSING, new: Any = MISSING, after: str | None = None) -> Difference:
    return Difference("help", path, old, new, after, LINE)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (difference("a", "x", old=1, new=2), {**OLD, "a": {"x": 2, "y": "one"}}),
        (difference("a", "x", old=1), {**OLD, "a": {"y": "one"}}),
        (difference("a", "z", new=3), {**OLD, "a": {"x": 1, "y": "one", "z": 3}}),
        (difference("a", "z", new=3, after="x"), {**OLD, "a": {"x": 1, "z": 3, "y": "one"}}),
        (
            difference("lines", old=["three"], new=["3", "4"]),
            {**OLD, "lines": ["one", "two", "3", "4", "two"]},
        ),
        (difference("lines", old=OLD["lines"], new=[]), {**OLD, "lines": []}),
    ],
)
def test_a_difference_is_applied(wanted: Difference, expected: object) -> None:
    # When it is applied, then the surface is as it says, and what was captured is as it was
    assert same(applied(OLD, [wanted]), expected)
    assert same(OLD["a"], {"x": 1, "y": "one"})
    # And it occurs there, and not in the old surface
    assert not_occurring(OLD, expected, [wanted]) == []
    assert len(not_occurring(OLD, OLD, [wanted])) == 1


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        (difference("a", "x", old=9, new=2), "it is not as `old` says"),
        (difference("a", "z", old=1, new=2), "there is no such value"),
        (difference("a", "x", new=2), "it is there already"),
        (difference("a", "z", new=2, after="w"), "there is no 'w'"),
        (difference("lines", old=["two"], new=["2"]), "stand there 2 times"),
        (difference("lines", old=["four"], new=["4"]), "stand there 0 times"),
        (difference("lines", old=["one"]), "it is not as `old` says"),
        (difference("a"), "neither old nor new"),
    ],
)
def test_a_difference_that_does_not_fit_is_refused(wanted: Difference, says: str) -> None:
    with pytest.raises(Unapplied, match=says):
        applied(OLD, [wanted])


def test_what_differs_is_named_with_its_path() -> None:
    # Given a surface in which a value, a line, a key and an order are others
    captured = {"lines": ["one", "two", "3", "two"], "a": {"x": 2, "z": "one"}}
    # When it is compared
    text = comparison(OLD, captured)
    # Then each is named
    for line in (
        'path = ["a", "x"]\n-1\n+2',
        'path = ["a", "y"]\n-"one"\n+nothing',
        'path = ["a", "z"]\n-nothing\n+"one"',
        'path = ["lines"]\n "two"\n-"three"\n+"3"\n "two"',
        "path = []: the order of the keys",
    ):
        assert line in text, text
    assert comparison(OLD, OLD) == ""


def test_the_list_is_read_and_held_to_the_changelog(tmp_path: Path) -> None:
    # Given a list with two differences
    file = tmp_path / "differences.toml"
    file.write_text(
        f'[[difference]]\npart = "sql"\npath = ["a", "x"]\nold_json = "1"\nnew = 2\nchangelog = "{LINE}"\n'
        '[[difference]]\npart = "sql"\npath = ["a", "z"]\nnew = {b = 1, a = 2}\nafter = "x"\n'
        'changelog = "- No."\n'
    )
    # When it is read
    first, second = read_differences(file)
    # Then it says all that is needed, with keys in their order
    assert first == Difference("sql", ("a", "x"), 1, 2, None, LINE)
    assert (second.old, second.after) == (MISSING, "x")
    assert same(second.new, {"b": 1, "a": 2})
    # And a line that the changelog has not exactly so is named
    assert missing_from_changelog([first, second], f"# Changelog\n{LINE}\n- No\n") == ["- No."]


@pytest.mark.parametrize(
    "captured",
    [
        {"a": {"x": 2, "y": "one"}, "lines": ["one", "2", "three"]},
        {"a": {"y": "one"}, "lines": OLD["lines"]},
        {**OLD, "lines": ["one", "two", "and", "three", "two"]},
        {**OLD, "lines": ["one", "two", "three", "two", "two"]},
        {**OLD, "lines": ["two", "one", "two", "three", "two"]},
        {
            "a": {"x": 1, "new": {"deep": ["''' and \\ and ü", None]}, "newer": 1, "y": "one"},
            "lines": [],
            "more": {},
        },
    ],
)
def test_a_draft_of_what_differs_can_be_listed_as_it_is(captured: object, tmp_path: Path) -> None:
    # Given a draft of what differs
    listed = read_differences(write_draft(tmp_path, "help", OLD, captured))
    # When it is listed, then the surface is what was captured, and the changelog is still to be written
    assert same(applied(OLD, listed), captured)
    assert missing_from_changelog(listed, "- A line.") == [CHANGELOG] * len(listed)
