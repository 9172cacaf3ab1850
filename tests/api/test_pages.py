"""Where a list goes on, and what a reader has already, as the headers of an answer say it."""

from __future__ import annotations

from types import SimpleNamespace
from urllib.parse import quote

import msgspec
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from casecore.api.answers.answers import Answers
from casecore.api.questions.question import Asked, Question
from casecore.contract.envelope import Role
from casecore.decider.command import GivenActor
from casecore.identity.identity import Identity, Scope

IDA = Identity(GivenActor("ida", "nord", Role.SELLER), frozenset({Scope.AGENT}), "KEY")


class PageOf(Asked, frozen=True):
    case: str
    cursor: int = 0


class Page(msgspec.Struct):
    case: str
    next: int | None


def ask(_app, _viewer, asked):
    return Page(asked.case, asked.cursor + 1 if asked.cursor < 1 else None)


class _Answering:
    async def ask(self, _organisation, _wait_seconds, make):
        return make(SimpleNamespace(freshness=SimpleNamespace(of_answer=None)))


class _Authentication:
    async def identify(self, _):
        return IDA


@pytest.fixture
def client():
    question = Question(
        "/v1/cases/{case}/pages",
        (Scope.AGENT,),
        PageOf,
        Page,
        ask,
        version=lambda answer: str(answer.next),
        cursor=lambda answer: None if answer.next is None else str(answer.next),
    )
    answers = Answers(_Answering(), None, _Authentication(), "vendor")
    return TestClient(Starlette(routes=answers.routes([question])))


@pytest.mark.parametrize("case", ["C-1", "Łódź 7", 'a>b?c"d', "7 % off"])
def test_the_link_to_the_next_page_leads_there_whatever_letters_a_name_has(client, case):
    first = client.get(f"/v1/cases/{quote(case)}/pages")
    assert first.status_code == 200
    assert client.get(first.links["next"]["url"]).json() == {"case": case, "next": None}


@pytest.mark.parametrize("known", ['"1"', 'W/"1"', '"0", "1"', "*"])
def test_a_reader_is_not_sent_again_what_it_has(client, known):
    answer = client.get("/v1/cases/C-1/pages", headers={"If-None-Match": known})
    assert (answer.status_code, answer.headers["etag"]) == (304, '"1"')
