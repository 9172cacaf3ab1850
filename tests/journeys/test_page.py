"""The page as people meet it: in real browsers, side by side, on the program with Kafka and all views."""

from __future__ import annotations

import re
import signal
import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import httpx2 as httpx
import pytest

from tests.browser.accessibility import accessibility_violations
from tests.journeys.harness.program import Program
from tests.servers import new_database
from tests.waiting import LIMIT_SECONDS, wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Page

LIMIT = LIMIT_SECONDS * 1000
IDA, JAN = "seller:nord:ida", "seller:nord:jan"
VERA, DOCTOR = "vendor:vendor:vera", "customer:praxis:dr-oehler"
SCRIPT = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"


class Office(NamedTuple):
    """The program, and where its page is."""

    program: Program
    url: str
    port: int

    def serve(self) -> None:
        """Start the page, and wait until it answers."""
        self.program.start("page", "serve", "--port", str(self.port))
        wait_until(self._answers, "the page answers")

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/login").status_code == 200
        except httpx.TransportError:
            return False


@pytest.fixture(scope="module")
def office(
    tmp_path_factory: pytest.TempPathFactory, postgres_server: str, kafka_server: str, free_port: int
) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("office")
    with new_database(postgres_server) as database:
        program = Program(folder, database, kafka_server, f"p{uuid.uuid4().hex[:10]}")
        program.prepare()
        program.start_all()
        try:
            opened = Office(program, f"http://127.0.0.1:{free_port}", free_port)
            opened.serve()
            yield opened
        finally:
            program.stop_all()


@pytest.fixture
def as_(office: Office, new_page):
    """Opens a browser in which somebody has logged in with a key."""

    def log_in(who: str, **how: object) -> Page:
        key = office.program.run("identity", "add", who, "--scope", "agent").strip().splitlines()[-1]
        page = new_page(**how)
        page.goto(f"{office.url}/login")
        page.locator("#key").fill(key)
        page.locator("form:has(#key) button").click()
        page.wait_for_url("**/work")
        return page

    return log_in


def open_case(page: Page, office: Office, subject: str = "Error 17", topic: str = "troubleshooting") -> str:
    """Open a case as the page's own form does; returns its address."""
    page.goto(f"{office.url}/cases/new")
    page.locator("#subject").fill(subject)
    page.locator("#topic").select_option(topic)
    for name, value in (("customer", "praxis"), ("seller", "nord")):
        if page.locator(f"#{name}").is_editable():
            page.locator(f"#{name}").fill(value)
    page.locator("#form-open button.primary").click()
    page.wait_for_url(re.compile(r"/cases/C-"))
    return page.url.partition("?")[0].partition("#")[0]


def do(page: Page, verb: str, **fields: str) -> None:
    """What somebody does with a case: unfold the action, fill it in, press its button."""
    action = page.locator(f"#do-{verb}")
    if action.get_attribute("open") is None:
        action.locator("summary").click()
    for name, value in fields.items():
        field = action.locator(f"[name={name}]").first
        if field.get_attribute("type") == "radio":
            choices = action.locator(f"[name={name}]").all()
            next(one for one in choices if one.get_attribute("value") == value).check()
        else:
            field.fill(value)
    action.locator("button.primary").click()
    page.wait_for_url(re.compile(rf"done={verb}"))


def sees(page: Page, text: str) -> None:
    """Wait until the head of a case says something; nobody loads the page again."""
    page.locator(".badges").filter(has_text=text).wait_for(timeout=LIMIT)


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
    do(vera, "resolve", summary="Patch 3 mends it.")
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


def test_a_case_can_be_taken_by_the_keyboard_alone(office: Office, as_) -> None:
    ida = as_(IDA)
    ida.goto(open_case(ida, office))
    for _ in range(60):
        ida.keyboard.press("Tab")
        if ida.evaluate("document.activeElement.closest('#do-take') !== null"):
            break
    ida.keyboard.press("Enter")
    ida.keyboard.press("Tab")
    ida.keyboard.press("Enter")
    ida.wait_for_url(re.compile("done=take"))
    sees(ida, "ida")


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_a_phone_shows_everything_in_german(office: Office, as_, colours) -> None:
    ida = as_(IDA, width=360, locale="de-DE", colours=colours)
    case = open_case(ida, office)
    for path in (case, f"{office.url}/work", f"{office.url}/cases", f"{office.url}/cases/new"):
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
