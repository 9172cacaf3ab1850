"""The page as people meet it: in real browsers, side by side, on the program with Kafka and all views."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from pypdf import PdfReader

from casecore.kafka.cluster import Cluster
from tests.browser.accessibility import accessibility_violations
from tests.journeys.harness.keyboard import do_by_keyboard, press, tab_to
from tests.journeys.harness.office import (
    SOLD,
    Office,
    do,
    figures,
    open_case,
    open_office,
    sees,
    write_message,
)
from tests.waiting import LIMIT_SECONDS, wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Page

LIMIT = LIMIT_SECONDS * 1000
IDA, JAN = "seller:nord:ida", "seller:nord:jan"
VERA, DOCTOR = "vendor:vendor:vera", "customer:praxis:dr-oehler"
ANN = "vendor:vendor:ann"
SCRIPT = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"


@pytest.fixture(scope="module")
def office(
    tmp_path_factory: pytest.TempPathFactory, postgres_server: str, kafka_server: Cluster, free_port: int
) -> Iterator[Office]:
    with open_office(tmp_path_factory.mktemp("office"), postgres_server, kafka_server, free_port) as opened:
        yield opened


@pytest.fixture
def as_(office: Office, new_page):
    """Opens a browser in which somebody has logged in with a key."""

    def log_in(who: str, scope: str = "agent", **how: object) -> Page:
        page: Page = new_page(**how)
        office.log_in(page, office.key(who, scope))
        return page

    return log_in


def test_three_people_bring_a_case_to_its_end_and_see_each_other_do_so(office: Office, as_) -> None:
    # Given a practice, its reseller and the vendor, each with a browser
    doctor, ida, vera = as_(DOCTOR), as_(IDA), as_(VERA)
    case = open_case(doctor, office)
    for page in (doctor, ida, vera):
        page.goto(case)
    # When the case goes its way, then each sees it move, whoever moved it
    do(ida, "take")
    sees(doctor, "ida")
    do(ida, "escalate", reason="error 17 in the log")
    sees(vera, "level 1")
    do(vera, "assign", agent="vera")
    do(vera, "wait", reason="asked for a file")
    sees(doctor, "waits for the customer")
    do(doctor, "message", text="Here it is.")
    vera.get_by_text("Here it is.").wait_for(timeout=LIMIT)
    do(vera, "resolve", summary="Patch 3 fixes it.")
    sees(ida, "resolved")
    do(doctor, "reopen", reason="It is back.")
    sees(vera, "level 1")
    do(vera, "resolve", summary="Patch 4.")
    sees(doctor, "resolved")
    do(doctor, "close")
    # And in the end nobody can move it, and everybody hears why
    sees(ida, "closed")
    ida.locator("#do-take summary").click()
    assert ida.locator("#do-take p").inner_text()
    for page in (doctor, ida, vera):
        assert accessibility_violations(page) == []


def test_two_people_on_one_case_at_once_and_nothing_that_is_typed_is_lost(office: Office, as_, watch) -> None:
    # Given two agents of the reseller who look at the same case
    ida, jan = as_(IDA), as_(JAN)
    case = open_case(ida, office)
    jan.goto(case)
    # When one is writing while the other takes and escalates the case
    jan.locator("#do-message summary").click()
    jan.locator("#do-message [name=text]").fill("half a sentence")
    ida.goto(case)
    do(ida, "take")
    sees(jan, "ida")
    # Then the page has moved, and what is typed is still there
    assert jan.locator("#do-message [name=text]").input_value() == "half a sentence"
    do(jan, "message")
    # And a button of a page that is older than the case says why it is too late
    jan.context.set_offline(True)
    do(ida, "escalate", reason="beyond us")
    jan.context.set_offline(False)
    jan.goto(case)
    sees(jan, "level 1")
    jan.locator("#do-resolve summary").click()
    assert jan.locator("#do-resolve p").inner_text()
    watch.taken()  # the browser says that it was cut off


def test_a_page_catches_up_when_its_server_was_away(office: Office, as_, watch) -> None:
    doctor, ida = as_(DOCTOR), as_(IDA)
    case = open_case(doctor, office)
    doctor.goto(case)
    wait_until(lambda: doctor.evaluate("!!document.getElementById('live')._htmx?.sse"), "it is live")
    assert office.program.end("page", signal.SIGTERM) == 0
    office.serve()
    ida.goto(case)
    do(ida, "take")
    sees(doctor, "ida")
    watch.taken()  # the browser says that it could not connect


def test_without_a_script_a_case_can_be_read_and_worked_on(office: Office, as_) -> None:
    ida = as_(IDA, scripts=False)
    case = open_case(ida, office)
    do(ida, "take")
    do(ida, "effort", minutes="20", note="looked at the log")
    do(ida, "resolve", summary="It was the cable.")
    ida.goto(case)
    assert "resolved" in ida.locator(".badges").inner_text()
    ida.locator("#do-escalate summary").click()
    assert ida.locator("#do-escalate p").is_visible()


def test_a_whole_case_is_worked_by_the_keyboard_alone(office: Office, as_) -> None:
    # Given a practice that opens a case without a mouse
    doctor, ida, vera = as_(DOCTOR), as_(IDA), as_(VERA)
    doctor.goto(f"{office.url}/work")
    press(doctor, "a.button[href='/open-case']")
    doctor.wait_for_url("**/open-case")
    for field, text in (("#subject", "Error 17"), ("#topic", "Troubleshooting"), ("#seller", "nord")):
        tab_to(doctor, field)
        if not doctor.locator(field).evaluate("one => one.tagName === 'INPUT' && one.value"):
            doctor.keyboard.type(text)
    press(doctor, "#form-open button.primary")
    doctor.wait_for_url(re.compile(r"/cases/C-"))
    case = doctor.url.partition("?")[0]
    # When it is taken, answered, escalated and resolved in the same way
    ida.goto(case)
    do_by_keyboard(ida, "take")
    do_by_keyboard(ida, "message", "We look at the log.")
    do_by_keyboard(ida, "escalate", "Error 17 in the log")
    vera.goto(case)
    do_by_keyboard(vera, "resolve", "Patch 3 fixes it.")
    # Then the practice reads how, and closes it.
    doctor.goto(case)
    assert "Patch 3 fixes it." in doctor.locator(".resolution").inner_text()
    do_by_keyboard(doctor, "close")
    sees(doctor, "closed")


SEEN = """() => {
    window.seen = {};
    const look = () => {
        for (const {textContent} of document.querySelectorAll('.event .text')) {
            window.seen[textContent] ??= Date.now();
        }
    };
    new MutationObserver(look).observe(document.body, {childList: true, subtree: true, characterData: true});
}"""
LATEST_SECONDS, MESSAGES = 10, 12
"""One second is what is promised where nothing else is going on; this is what a busy machine keeps."""


def test_what_changes_moves_on_anothers_page_at_once_while_they_type(office: Office, as_) -> None:
    # Given somebody who writes on the page of a case, which is live
    doctor, key = as_(DOCTOR), office.key(IDA, "agent")
    doctor.goto(case := open_case(doctor, office))
    wait_until(lambda: doctor.evaluate("!!document.getElementById('live')._htmx?.sse"), "it is live")
    doctor.locator("#do-message summary").click()
    doctor.locator("#message-text").press_sequentially("Half a sen")
    doctor.evaluate(SEEN)
    # When somebody else writes to the case again and again
    waited = []
    for number in range(MESSAGES):
        answered_at = write_message(office, key, case, text := f"message {number}")
        wait_until(lambda text=text: doctor.evaluate("text => window.seen[text]", text), f"{text} is seen")
        waited.append(doctor.evaluate("text => window.seen[text]", text) / 1000 - answered_at)
    # Then each is there soon after its command was answered, by the clock of the machine of both
    waited.sort()
    print(f"seen after {waited[MESSAGES // 2]:.3f} s at the median, {waited[-1]:.3f} s at most")
    assert waited[MESSAGES // 2] < LATEST_SECONDS, waited
    # and what they were typing goes on where it was.
    doctor.keyboard.type("tence")
    assert doctor.locator("#message-text").input_value() == "Half a sentence"


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_a_phone_shows_everything_in_german(office: Office, as_, colours) -> None:
    ida = as_(IDA, width=360, locale="de-DE", colours=colours)
    case = open_case(ida, office)
    for path in (case, f"{office.url}/work", f"{office.url}/cases", f"{office.url}/open-case"):
        ida.goto(path)
        assert ida.locator("html").get_attribute("lang") == "de"
        assert ida.evaluate("document.documentElement.scrollWidth") == 360, path
        assert accessibility_violations(ida) == [], path


def test_nothing_that_somebody_writes_becomes_part_of_the_page(office: Office, as_, watch) -> None:
    doctor, ida = as_(DOCTOR), as_(IDA)
    case = open_case(doctor, office, subject=SCRIPT)
    do(doctor, "message", text=SCRIPT)
    ida.goto(case)
    do(ida, "take")
    do(ida, "wait", reason=SCRIPT)
    for path in (case, f"{office.url}/work", f"{office.url}/cases?topic={SCRIPT}", f"{office.url}/{SCRIPT}"):
        ida.goto(path)
        assert "owned" not in ida.title()
        assert ida.locator("main script, main img").count() == 0
    assert all("404" in fault for fault in watch.taken())  # of the last page, which is not there


HIDDEN = """is => {
    Object.defineProperty(document, 'hidden', {configurable: true, get: () => is});
    document.dispatchEvent(new Event('visibilitychange'));
}"""


def test_a_hidden_page_hears_of_nothing_a_paused_one_waits_and_both_catch_up(office: Office, as_) -> None:
    # Given three pages of a case that hear of what changes
    shown, ida = as_(DOCTOR), as_(IDA)
    case = open_case(shown, office)
    hidden, paused = (shown.context.new_page() for _ in range(2))
    for page in (shown, hidden, paused):
        with page.expect_response(lambda answer: "/live?" in answer.url):
            page.goto(case)
    # When one is hidden, its stream ends; one is paused; and the case is taken
    streams: list[str] = []
    for ends in ("requestfailed", "requestfinished"):
        hidden.on(ends, lambda request: streams.append(request.url))
    hidden.evaluate(HIDDEN, True)
    wait_until(lambda: hidden.title() and any("/live?" in url for url in streams), "its stream ends")
    paused.locator("#pause").click()
    ida.goto(case)
    do(ida, "take")
    # Then only who looks sees it
    sees(shown, "ida")
    for page in (hidden, paused):
        assert "ida" not in page.locator(".badges").inner_text()
    # until they look again, or go on, without loading anything
    hidden.evaluate(HIDDEN, False)
    paused.locator("#pause").click()
    for page in (hidden, paused):
        sees(page, "ida")


def test_an_accountant_sees_what_closing_a_year_does_closes_it_and_gets_its_documents(
    office: Office, as_, watch
) -> None:
    # Given a reseller that sold a package, whose fee is recorded
    office.submit(*SOLD)
    ann, key = as_(ANN, "accountant"), office.key(ANN, "accountant")
    ann.goto(f"{office.url}/money/runs")
    ann.locator("#charge-until").fill("2024-12-31")
    ann.locator("#form-charge button").click()
    ann.locator(".chip.met").wait_for()
    # When they look at what closing the year is going to do
    ann.goto(f"{office.url}/money/runs")
    ann.locator("#settle-year").fill("2024")
    ann.locator("form:has(#settle-year) button").click()
    ann.wait_for_url("**/settle?year=2024*")
    wait_until(lambda: ann.goto(ann.url) and ann.get_by_text("is settled").count(), "the view has the fee")
    # Then they see what the API knows to be open, and nothing is settled yet
    [total] = figures(ann, office, key, "/v1/billing/unbilled/totals")["totals"]
    assert (total["owed_by"], total["net_cents"]) == ("nord", 9_900)
    assert "€99.00" in ann.get_by_role("row", name="nord").inner_text()
    assert "€99.00" in ann.get_by_role("row", name="Settled in all").inner_text()
    assert ann.get_by_text("Settled already").count() == 0
    # and when they type the year and close it, they are led to the statement
    ann.locator("#form-settle [name=confirm]").fill("2024")
    ann.locator("#form-settle button").click()
    ann.get_by_role("link", name="2024 · nord").click()
    ann.wait_for_url("**/settlements/nord/2024")
    wait_until(lambda: ann.goto(ann.url) and ann.locator(".files a").count(), "the view has the statement")
    watch.taken()  # the browser says that the statement was not there yet
    settled = figures(ann, office, key, "/v1/billing/settlements/nord/2024")
    assert settled["settlement"]["gross_cents"] == 11_781
    assert "€117.81" in ann.locator(".facts").inner_text()
    [document] = settled["documents"]
    # with its document, as a file that says the same.
    file = ann.context.request.get(office.url + ann.locator(".files a").first.get_attribute("href"))
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(file.body())).pages)
    assert file.headers["content-type"] == "application/pdf"
    assert document["document"] in text
    assert "117,81" in text
    ann.get_by_role("link", name=document["document"], exact=True).first.click()
    assert figures(ann, office, key, "/v1/billing/documents/")["document"]["gross_cents"] == 11_781
    assert "€117.81" in ann.locator("main").inner_text()


def test_what_another_policy_would_have_changed_is_seen_and_nothing_of_it_is_published(
    office: Office, as_, watch
) -> None:
    # Given a promise of the reseller's, and a case of which Kafka has brought the view its clocks
    publish = ("publish", "--as", VERA)
    office.program.run("calendar", publish[0], "docs/service-levels/calendars/nord.toml", *publish[1:])
    office.program.run("policy", publish[0], "docs/service-levels/nord-level-0.toml", *publish[1:])
    ida = as_(IDA)
    case = open_case(ida, office)
    reference = case.rpartition("/")[2]
    do(ida, "take")
    clocks = ida.locator("#clocks")
    wait_until(lambda: ida.goto(case) and "time at level" in clocks.inner_text(), "the view has its clocks")
    # When ida tries what it would be without one of them
    ida.get_by_role("link", name="Service levels").click()
    ida.get_by_role("link", name="nord-level-0", exact=True).click()
    ida.get_by_role("link", name="Try other targets").click()
    policy = ida.locator("#policy")
    before, _, rest = policy.input_value().partition("[clocks.hand_over]")
    # and says at first what no policy can say, which is refused with its line and what would be right
    policy.fill(f"{before}{rest[rest.index('[clocks.level_time]') :]}".replace("PT16H", "two days"))
    ida.locator("#form-what_if button.primary").click()
    fault = ida.locator("#faults").inner_text()
    assert re.search(r"Line \d+: clocks\.level_time\.target.*two days.*PT4H", fault, re.DOTALL)
    watch.taken()  # the browser says that it was refused
    policy.fill(policy.input_value().replace("two days", "PT16H"))
    ida.locator("#form-what_if button.primary").click()
    # Then the page says by itself which cases would change, this one among them, and leads to it
    ida.get_by_role("heading", name="Before and after").wait_for()
    changed = ida.get_by_role("table", name="Clocks that would end otherwise")
    assert "the policy has no such clock" in changed.get_by_role("row", name=reference).first.inner_text()
    assert accessibility_violations(ida) == []
    changed.get_by_role("link", name=reference).first.click()
    ida.wait_for_url(f"**/cases/{reference}#clocks")
    # and the case has the clocks that it had.
    assert "time to assignment" in clocks.inner_text()
