"""The page of a program with Kafka and all views, and what people do there in their browsers."""

from __future__ import annotations

import json
import re
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx2 as httpx

from casecore.kafka.cluster import Cluster
from tests.journeys.harness.program import Program
from tests.servers import new_database
from tests.waiting import LIMIT_SECONDS, wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Page

_LIMIT = LIMIT_SECONDS * 1000
_BY_VENDOR = {"person": "k.adler", "organisation": "vendor", "role": "vendor"}
_PLACE = {"street": "Hafen 1", "postal_code": "20457", "city": "Hamburg", "country": "DE"}
_BANK = {"vat_id": "DE123456788", "iban": "DE89370400440532013000"}
_PARTIES = {"vendor": ("vendor", _BANK), "nord": ("reseller", {}), "praxis": ("customer", {})}
_PACKAGE = {"customer": "praxis", "seller": "nord", "licence_type": "viewer", "program_version": "8"}
SOLD = (
    *(
        {
            "kind": "party",
            "party": name,
            "do": {"action": "register", "roles": [role], "name": name.title(), **_PLACE, **more},
        }
        for name, (role, more) in _PARTIES.items()
    ),
    {
        "kind": "licence",
        "package": "L-1",
        "do": {"action": "activate", "effective_on": "2024-05-01", **_PACKAGE},
    },
)
"""A reseller sells a practice a package."""


class Office(NamedTuple):
    """The program, and where its page is."""

    program: Program
    url: str
    port: int

    def serve(self) -> None:
        """Start the page, and wait until it answers."""
        self.program.start("page", "serve", "--port", str(self.port))
        wait_until(self._answers, "the page answers")

    def key(self, who: str, scope: str) -> str:
        """A new key."""
        printed = self.program.run("identity", "add", who, "--scope", scope)
        return printed.strip().splitlines()[-1]

    def log_in(self, page: Page, key: str) -> None:
        """Log in with a key, on whatever page the browser is led to the login from."""
        if "/login" not in page.url:
            page.goto(f"{self.url}/login")
        page.locator("#key").fill(key)
        page.locator("form:has(#key) button").click()
        page.wait_for_url(lambda url: "/login" not in url)

    def submit(self, *commands: Mapping[str, object]) -> None:
        """Give commands of the vendor's."""
        given = ({"command_id": str(uuid.uuid4()), "actor": _BY_VENDOR, **one} for one in commands)
        self.program.run("submit", "-", given="".join(json.dumps(one) + "\n" for one in given))

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/login").status_code == 200
        except httpx.TransportError:
            return False


@contextmanager
def open_office(folder: Path, postgres_server: str, kafka_server: Cluster, port: int) -> Iterator[Office]:
    """The program on a database and topics of its own, with its page at a port."""
    with new_database(postgres_server) as database:
        program = Program(folder, database, kafka_server, f"p{uuid.uuid4().hex[:10]}")
        program.prepare()
        program.start_all()
        try:
            opened = Office(program, f"http://127.0.0.1:{port}", port)
            opened.serve()
            yield opened
        finally:
            program.stop_all()


def open_case(page: Page, office: Office, subject: str = "Error 17", topic: str = "troubleshooting") -> str:
    """Open a case as the page's own form does; returns its address."""
    page.goto(f"{office.url}/open-case")
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


def write_message(office: Office, key: str, case: str, text: str) -> float:
    """Write a message to the case at an address as a program does; returns when that was answered."""
    own = {"Authorization": f"Bearer {key}", "Idempotency-Key": str(uuid.uuid4())}
    path = f"{office.url}/v1/cases/{case.rpartition('/')[2]}/message"
    answer = httpx.post(path, json={"text": text}, headers=own, timeout=LIMIT_SECONDS)
    answered_at = time.time()
    assert answer.is_success, answer.text
    return answered_at


def sees(page: Page, text: str) -> None:
    """Wait until the head of a case says something; nobody loads the page again."""
    page.locator(".badges").filter(has_text=text).wait_for(timeout=_LIMIT)


def figures(page: Page, office: Office, key: str, path: str) -> Any:
    """What the API says at the address that the page names."""
    named = page.locator("footer code").inner_text().removeprefix("GET ")
    assert named.startswith(path), named
    answer = httpx.get(office.url + named, headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 200, answer.text
    return answer.json()
