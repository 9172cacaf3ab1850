"""What is fetched once is there as a whole or not at all."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from casecore.local.folders import fetch_into_place


def test_a_fetch_that_fails_leaves_nothing_that_looks_like_the_whole(tmp_path: Path) -> None:
    def fetch(folder: Path) -> None:
        (folder / "first").write_text("half of it")
        (folder.parent / "archive").write_text("only needed meanwhile")
        if not again:
            raise ConnectionError("the network is down")
        (folder / "second").write_text("the rest")

    again = False
    with pytest.raises(ConnectionError):
        fetch_into_place(tmp_path, "tool", "1.2", fetch)
    assert [path.name for path in tmp_path.iterdir()] == ["tool.lock"]

    again = True
    folder = fetch_into_place(tmp_path, "tool", "1.2", fetch)
    assert folder == tmp_path / "tool-1.2"
    assert sorted(path.name for path in folder.iterdir()) == ["first", "second"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tool-1.2", "tool.lock"]


def test_of_those_who_need_it_at_once_one_fetches_it(tmp_path: Path) -> None:
    fetched: list[Path] = []
    started, go_on = Event(), Event()

    def fetch(folder: Path) -> None:
        fetched.append(folder)
        started.set()
        assert go_on.wait(60)

    with ThreadPoolExecutor(2) as callers:
        both = [callers.submit(fetch_into_place, tmp_path, "tool", "1.2", fetch) for _ in range(2)]
        assert started.wait(60)
        go_on.set()
        assert [one.result() for one in both] == [tmp_path / "tool-1.2"] * 2
    assert len(fetched) == 1
