"""The pages of the API's documentation need no network and no script, and every link leads somewhere."""

from __future__ import annotations

import json
import re
import shlex
from functools import cache
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest
from starlette.testclient import TestClient

from casecore.api.description import markup
from casecore.api.description.curl import PREPARED
from casecore.api.description.document import openapi, operations_of
from casecore.api.description.pages import operations_page
from casecore.api.description.problem_page import problems_page
from casecore.api.description.problems import all_problems
from casecore.api.description.routes import description_routes
from casecore.cases.refusals import CaseUnknown, IllegalMove
from casecore.http.problems import InvalidRequest, problem_of
from casecore.http.protected import protected
from casecore.identity.identity import Scope

ROOT = Path(__file__).parents[2]
PAGES = {"/docs": operations_page, "/docs/problems": problems_page}


class Reader(HTMLParser):
    """A page's ids, links, elements and text; elements must close in the order in which they opened."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.ids, self.links, self.elements, self.text, self._open = [], [], set(), "", []
        self.feed(page)
        assert self._open == []

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.elements.add(tag)
        self.ids += [found["id"]] if "id" in found else []
        self.links += [found[name] for name in ("href", "src") if name in found]
        if tag not in ("meta", "link"):
            self._open.append(tag)

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        self.text += data


@cache
def read(path):
    """A page, read when a test asks for it: all processes of a run collect the tests, one runs them."""
    return Reader(PAGES[path]().decode())


@pytest.mark.parametrize("path", PAGES)
def test_every_link_leads_to_a_page_of_this_program_and_every_anchor_is_one_place(path):
    assert len(read(path).ids) == len(set(read(path).ids))
    for link in read(path).links:
        page, _, anchor = link.partition("#")
        assert (page or path) in (*PAGES, "/docs/style.css", "/v1/openapi.json"), link
        if anchor:
            assert anchor in read(page or path).ids, link


@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_no_script_no_style_and_nothing_from_elsewhere(path):
    assert not read(path).elements & {"script", "style", "img", "iframe", "form"}
    assert not re.search(r"(src|href)=\"(https?:)?//|\son\w+=\"|\sstyle=\"", PAGES[path]().decode())


def test_every_operation_parameter_and_schema_has_its_place():
    document = openapi("0.1.0")
    for method, path, operation in operations_of(document):
        assert operation["operationId"] in read("/docs").ids
        assert f"{method.upper()} {path}" in read("/docs").text
        assert operation["summary"].replace("`", "") in read("/docs").text
    assert {f"schema-{name}" for name in document["components"]["schemas"]} <= set(read("/docs").ids)


def test_every_operation_shows_a_request_of_itself():
    entry = r'<article class="operation"><h3 id="(\w+)">.*?<pre class="request"><code>(.*?)</code>'
    shown = {
        name: shlex.split(unescape(one))
        for name, one in re.findall(entry, PAGES["/docs"]().decode(), re.DOTALL)
    }
    for method, path, operation in operations_of(openapi("0.1.0")):
        words = shown.pop(operation["operationId"])
        [address] = [word for word in words if word.startswith("$API")]
        form = re.sub(r"\\{\w+\\}", "[^/{}]+", re.escape(path))
        assert re.fullmatch(form, address.partition("?")[0].replace("$API", "/v1"))
        assert ("$(key)" in words) == ("components/parameters/Idempotency-Key" in str(operation))
        assert ("--json" in words or "POST" in words) == (method == "post")
    assert shown == {}


def test_the_guide_prepares_the_shell_as_the_page_does():
    guide = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    assert PREPARED in guide
    assert unescape(PAGES["/docs"]().decode()).count(PREPARED) == 1


def test_the_problem_that_the_guide_shows_is_answered_so():
    guide = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    [shown] = re.findall(r"```json\n(.*?)```", guide, re.DOTALL)
    refused = IllegalMove("close", "reseller_l0", ("escalate", "resolve", "reclassify", "cancel"))
    assert json.loads(shown) == msgspec.json.decode(msgspec.json.encode(problem_of(refused)))


def test_every_problem_has_the_place_that_its_type_names_and_says_what_it_means():
    for known in all_problems():
        assert known.code in read("/docs/problems").ids
        plain = re.sub(r"`([^`]*)`|\{(\w+)\}", r"\1\2", known.meaning)
        assert plain in read("/docs/problems").text
    for error in (CaseUnknown("C-1"), InvalidRequest("x")):
        page, _, anchor = problem_of(error).type.partition("#")
        assert anchor in read(page).ids


def test_the_guide_explains_every_scope():
    guide = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(\w+)` \| \D", guide, re.MULTILINE)) == {scope.value for scope in Scope}


def test_what_is_not_html_is_escaped_wherever_it_is_put():
    found = markup.element("a", '<script>"&', markup.line("`<b>` {field} <i>"), href='"><script>')
    assert "<script>" not in found
    assert found.count("<") == 6
    assert "<code>&lt;b&gt;</code> <var>field</var> &lt;i&gt;" in found


def test_the_address_of_the_api_leads_to_its_documentation():
    answer = TestClient(protected(description_routes()), follow_redirects=False).get("/")
    assert (answer.status_code, answer.headers["location"]) == (307, "/docs")


@pytest.mark.parametrize("path", [*PAGES, "/docs/style.css", "/v1/openapi.json"])
def test_a_page_says_once_what_a_browser_may_do_with_it(path):
    answer = TestClient(protected(description_routes())).get(path)
    assert answer.headers.get_list("x-content-type-options") == ["nosniff"]
    [policy] = answer.headers.get_list("content-security-policy")
    assert policy.startswith("default-src 'none'")
    assert "script-src" not in policy
