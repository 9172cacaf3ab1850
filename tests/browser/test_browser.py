"""The browser of the tests starts, is held to this machine, and what is wrong with a page is heard."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser import fetch
from tests.browser.accessibility import accessibility_violations

PLAIN = "<!doctype html><html lang=en><title>Cases</title><main><h1>Cases</h1><p>None.</p></main></html>"


def test_a_page_is_in_the_language_of_its_reader(new_page) -> None:
    for locale, number in (("de-DE", "1.234,5"), ("en-GB", "1,234.5")):
        assert new_page(locale=locale).evaluate("[navigator.language, (1234.5).toLocaleString()]") == [
            locale,
            number,
        ]


def test_what_leaves_this_machine_is_named_and_does_not_arrive(page, watch) -> None:
    page.set_content('<img src="http://elsewhere.example/pixel.png" onerror="document.title = \'none\'">')
    page.evaluate("new WebSocket('ws://192.0.2.1/')")

    assert page.title() == "none"
    left = [fault for fault in watch.taken() if "leaves" in fault]
    assert left == [
        "a request leaves this machine: http://elsewhere.example/pixel.png",
        "a request leaves this machine: ws://192.0.2.1/",
    ]


def test_what_fails_in_a_page_is_heard(page, watch) -> None:
    page.set_content(
        "<script>console.error('of its own'); setTimeout(() => { throw Error('nobody') })</script>"
    )
    page.evaluate("new Promise(done => setTimeout(done))")

    assert watch.taken() == ["an error in the console: of its own", "a script fails: nobody"]


def test_axe_finds_what_hinders_people_and_nothing_else(page) -> None:
    page.set_content(PLAIN)
    assert accessibility_violations(page) == []

    page.set_content(
        PLAIN.replace("<p>", "<p style='color: #bbb'>").replace("</p>", "<img src='data:,'></p>")
    )
    assert [one.split(":")[0] for one in accessibility_violations(page)] == ["color-contrast", "image-alt"]


@pytest.mark.parametrize(
    ("says", "is_taken"),
    [
        ("echo 'Chromium 153.0.8010.0 on Debian'", True),
        ("echo 'Google Chrome 99.0.1.2'", False),
        ("echo 'install its package first' >&2; exit 10", False),
    ],
)
def test_the_browser_of_the_system_is_taken_where_it_runs_and_is_new_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: str, is_taken: bool
) -> None:
    program = tmp_path / "chromium"
    program.write_text(f"#!/bin/sh\n{says}\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert fetch.system_browser() == (program if is_taken else None)
