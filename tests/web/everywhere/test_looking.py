"""What people do with pages in a browser: send one to a colleague, and try a policy."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event
from typing import TYPE_CHECKING

import pytest

from casecore.identity.identity import Scope
from casecore.store.log import LogReader
from casecore.web.rendering.times import opening_hours
from tests.browser.accessibility import accessibility_violations
from tests.slow_what_ifs import slow_what_ifs
from tests.waiting import wait_until
from tests.web.everywhere.business import IDA, NAME, VERA
from tests.web.everywhere.served import ServedSite, enter, logged_in

if TYPE_CHECKING:
    from playwright.sync_api import Route

OTTO = "vendor:vendor:otto"
BOTH = (Scope.AGENT, Scope.ANALYST)


def test_a_page_with_its_filters_is_the_same_for_a_colleague_who_has_to_log_in_first(
    whole: ServedSite, new_page
) -> None:
    # Given somebody who has narrowed pages to what a colleague should see
    vera, otto = logged_in(new_page, whole, whole.key(VERA, *BOTH)), new_page()
    for path, name in (("/cases", "customer"), ("/operations/open-ages", "customer")):
        vera.goto(whole.url + path)
        for unfold in vera.locator("main details:not([open]) > summary").all():
            if unfold.is_visible():
                unfold.click()
        vera.locator(f"main [name={name}]").fill(NAME)
        vera.locator("main form.filters button").click()
        vera.wait_for_url(f"**{path}?*")
        # When the colleague, who is not logged in, opens the address
        otto.context.clear_cookies()
        otto.goto(vera.url)
        assert "/login?" in otto.url
        enter(otto, whole.key(OTTO, *BOTH))
        # Then the colleague is led there, and sees the same
        otto.wait_for_url(f"**{path}?*")
        assert otto.url == vera.url
        tables = [one.locator("main table").all_inner_texts() for one in (vera, otto)]
        assert tables[0] == tables[1] != []


def test_a_page_is_live_however_late_its_scripts_arrive(whole: ServedSite, new_page) -> None:
    # Given a page of which one script has not come when the one before it has begun to work
    vera = logged_in(new_page, whole, whole.key(VERA, *BOTH))
    late: list[Route] = []
    vera.route("**/hx-sse.min.js", lambda route: late.append(route))
    vera.goto(f"{whole.url}/cases", wait_until="commit")
    wait_until(lambda: vera.evaluate("!!window.htmx") and late, "the first script is there")
    vera.evaluate("new Promise((turn) => setTimeout(turn))")
    # When it comes
    late[0].continue_()
    # Then the page hears of what changes
    wait_until(lambda: vera.evaluate("!!document.getElementById('live')?._htmx?.sse"), "it is live")


def test_a_page_whose_first_stream_is_refused_tries_again_after_pauses_that_grow(
    whole: ServedSite, new_page, watch
) -> None:
    # Given a page with a clock of its own, whose first request for what changes has not been answered
    vera = logged_in(new_page, whole, whole.key(VERA, *BOTH))
    vera.add_init_script("Math.random = () => 0.5")
    vera.clock.install()
    asked: list[Route] = []
    vera.route("**/live?*", lambda route: asked.append(route))
    vera.goto(f"{whole.url}/cases")
    wait_until(lambda: vera.title() and len(asked) == 1, "it asks")
    vera.clock.pause_at(vera.evaluate("Date.now() + 1000"))
    # When it is refused, it says that it is not live, and tries again a second later
    asked[0].fulfill(status=503, content_type="text/html", body="later")
    vera.locator("#quiet").wait_for()
    vera.clock.run_for(999)
    assert len(asked) == 1
    vera.clock.run_for(1)
    wait_until(lambda: vera.title() and len(asked) == 2, "it asks again")
    # and when the network fails then, two seconds after that
    vera.evaluate("void addEventListener('htmx:error', () => { window.hasHeard = true; })")
    asked[1].abort()
    wait_until(lambda: vera.evaluate("window.hasHeard"), "it heard")
    vera.clock.run_for(1999)
    assert len(asked) == 2
    vera.clock.run_for(1)
    wait_until(lambda: vera.title() and len(asked) == 3, "it asks once more")
    # Then it is live as soon as it is answered, and asks for what it did not hear of
    vera.clock.resume()
    with vera.expect_response(lambda answer: answer.url == f"{whole.url}/cases"):
        asked[2].continue_()
    vera.locator("#quiet").wait_for(state="hidden")
    assert vera.evaluate("!!document.getElementById('live')._htmx.sse")
    watch.taken()  # the browser says that it was refused


TYPE = "one => parseFloat(getComputedStyle(document.querySelector(one)).fontSize)"


def test_a_wall_is_filled_and_not_overflown_and_its_type_is_larger(whole: ServedSite, new_page) -> None:
    vera = logged_in(new_page, whole, whole.key(VERA, *BOTH), width=2560)
    for path in ("/work", "/cases", "/operations", "/operations/open-ages"):
        # Given a page on a wide screen, which has no more than fits
        vera.goto(whole.url + path)
        assert vera.evaluate("document.scrollingElement.scrollWidth") == 2560, path
        if not path.startswith("/operations"):
            continue
        shown = [vera.evaluate(TYPE, one) for one in ("h1", ".headline")]
        # When it is one for a wall, then what is read from afar is larger, and it fits, too
        vera.goto(f"{whole.url}{path}?wall=yes")
        on_wall = [vera.evaluate(TYPE, one) for one in ("h1", ".headline")]
        assert all(larger > usual for larger, usual in zip(on_wall, shown, strict=True)), path
        assert vera.evaluate("document.scrollingElement.scrollWidth") == 2560, path


TICKING = """seconds => {
    for (const left of seconds) {
        const chip = document.createElement('span');
        chip.className = `chip still ${left < 0 ? 'late' : ''}`;
        Object.assign(chip.dataset, {left, windows: '', now: 'now'});
        chip.innerHTML = '<span class="left"></span>';
        document.body.append(chip);
    }
}"""


def test_a_clock_that_counts_down_writes_what_is_left_as_the_server_does(whole: ServedSite, new_page) -> None:
    seconds = (0, 5, 59, 60, 61, 3_599, 3_600, 3_605, 3_660, 7_322, 86_400, 360_061, -1, -3_725)
    vera = logged_in(new_page, whole, whole.key(VERA, *BOTH))
    vera.goto(f"{whole.url}/cases")
    vera.evaluate(TICKING, seconds)
    vera.wait_for_function("() => [...document.querySelectorAll('.left')].every((one) => one.textContent)")

    written = vera.locator(".left").all_inner_texts()

    assert written == [opening_hours(abs(one)) for one in seconds]


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[Event]:
    """Trying a policy takes until this is set."""
    with slow_what_ifs(monkeypatch) as may_end:
        yield may_end


def test_a_policy_from_a_file_is_tried_is_ended_midway_and_tried_again(
    whole: ServedSite, new_page, slow: Event
) -> None:
    # Given a file with a policy of nord's that has lost one of its promises
    with LogReader(whole.database) as log:
        stored = log.last_position()
    ida = logged_in(new_page, whole, whole.key(IDA, *BOTH))
    ida.goto(f"{whole.url}/service-levels/what-if?policy=nord-level-0")
    before, _, rest = ida.locator("#policy").input_value().partition("[clocks.hand_over]")
    text = before + rest[rest.index("[clocks.level_time]") :]

    def try_it() -> None:
        ida.goto(f"{whole.url}/service-levels/what-if")
        file = {"name": f"{NAME}.toml", "mimeType": "text/plain", "buffer": text.encode()}
        ida.locator("#policy-file").set_input_files(file)
        ida.wait_for_function("text => document.getElementById('policy').value === text", arg=text)
        ida.locator("#form-what_if button.primary").click()

    # When it is tried, then one sees how far it is, and can end it
    try_it()
    ida.locator("progress[value='42']").wait_for()
    assert accessibility_violations(ida) == []
    ida.get_by_role("button", name="Stop trying it").click()
    ida.get_by_role("heading", name="It was cancelled").wait_for()
    # and when it is tried again, the page says by itself what comes of it
    try_it()
    ida.locator("progress[value='42']").wait_for()
    slow.set()
    ida.get_by_role("heading", name="Before and after").wait_for()
    changed = ida.get_by_role("table", name="Clocks that would end otherwise")
    case = changed.get_by_role("row", name="K-1")
    assert "the policy has no such clock" in case.first.inner_text()
    # with a way to each case, and nothing of it is stored.
    case.first.get_by_role("link", name="K-1").click()
    ida.wait_for_url("**/cases/K-1#clocks")
    with LogReader(whole.database) as log:
        assert log.last_position() == stored
