"""The code flow: how the page shows an issuer that it is its client, and what it makes of strange answers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2 as httpx
import pytest

from casecore.identity import code_flow
from casecore.identity.code_flow import CodeFlow, new_attempt
from casecore.identity.documents import IssuerAnswer
from casecore.identity.endpoints import IssuerEndpoints
from casecore.identity.errors import InvalidIssuerFile, IssuerUnavailable, NotAuthenticated
from casecore.identity.issuer import PageClient, TrustedIssuer, read_client_secret, read_issuer
from tests.identity.forging import ISSUER, NOW, Server

BACK = "https://support.example.com/login/callback"
DOCUMENT = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/authorize?tenant=nord",
    "token_endpoint": f"{ISSUER}/token",
}


class FakeIssuer:
    """An issuer without a network: what it says of itself, what it answers, and what it was sent."""

    def __init__(self) -> None:
        self.document: Mapping[str, Any] = DOCUMENT
        self.asked = 0
        self.seconds = 0.0
        self.answer = IssuerAnswer(400, {"error": "invalid_grant"})
        self.sent: list[tuple[str, Mapping[str, str], tuple[str, str] | None]] = []

    def get(self, _: str) -> Mapping[str, Any]:
        self.asked += 1
        return self.document

    def post(self, address: str, form: Mapping[str, str], login: tuple[str, str] | None) -> IssuerAnswer:
        self.sent.append((address, form, login))
        return self.answer

    def flow(self, audience: str = "casecore", secret: str = "s3:cret &", **about: Any) -> CodeFlow:
        client = PageClient("the page", **about)
        endpoints = IssuerEndpoints(ISSUER, lambda: self.seconds, self.get)
        return CodeFlow(TrustedIssuer(ISSUER, audience), client, secret, Server().tokens(), endpoints)


@pytest.fixture
def issuer(monkeypatch: pytest.MonkeyPatch) -> FakeIssuer:
    made = FakeIssuer()
    monkeypatch.setattr(code_flow, "post_form", made.post)
    return made


@pytest.mark.parametrize(
    ("ways", "secret", "shown", "login"),
    [
        (None, "s3:cret &", {}, ("the+page", "s3%3Acret+%26")),
        (["client_secret_post", "client_secret_basic"], "s3:cret &", {}, ("the+page", "s3%3Acret+%26")),
        (["client_secret_post"], "s3:cret &", {"client_id": "the page", "client_secret": "s3:cret &"}, None),
        (None, "", {"client_id": "the page"}, None),
    ],
)
def test_the_page_shows_its_secret_as_the_issuer_takes_it(
    issuer: FakeIssuer,
    ways: list[str] | None,
    secret: str,
    shown: Mapping[str, str],
    login: tuple[str, str] | None,
) -> None:
    issuer.document = {**DOCUMENT, **({"token_endpoint_auth_methods_supported": ways} if ways else {})}
    attempt = new_attempt()
    with pytest.raises(NotAuthenticated, match="invalid_grant"):
        issuer.flow(secret=secret).identify("the code", attempt, BACK, NOW)
    asked = {
        "grant_type": "authorization_code",
        "code": "the code",
        "redirect_uri": BACK,
        "code_verifier": attempt.verifier,
    }
    assert issuer.sent == [(f"{ISSUER}/token", {**asked, **shown}, login)]


def test_an_issuer_may_have_parameters_of_its_own(issuer: FakeIssuer) -> None:
    where = issuer.flow(audience_by="audience").start_address(new_attempt(), BACK)
    assert where.startswith(f"{ISSUER}/authorize?tenant=nord&response_type=code&")
    assert "&audience=casecore" in where


@pytest.mark.parametrize(
    ("audience", "by", "asked"),
    [
        ("https://casecore.example.com", None, {"resource": "https://casecore.example.com"}),
        ("urn:casecore", None, {"resource": "urn:casecore"}),
        ("casecore", None, {}),
        ("casecore", "resource", {"resource": "casecore"}),
        ("casecore", "audience", {"audience": "casecore"}),
        ("https://casecore.example.com", "", {}),
    ],
)
def test_tokens_for_this_installation_are_asked_for_as_the_issuer_takes_it(
    issuer: FakeIssuer, audience: str, by: str | None, asked: Mapping[str, str]
) -> None:
    flow = issuer.flow(audience, audience_by=by)
    query = parse_qs(urlsplit(flow.start_address(new_attempt(), BACK)).query)
    with pytest.raises(NotAuthenticated):
        flow.identify("the code", new_attempt(), BACK, NOW)
    ways = ("resource", "audience")
    assert {name: one for name, [one] in query.items() if name in ways} == asked
    assert {name: one for name, one in issuer.sent[0][1].items() if name in ways} == asked


def test_an_issuer_without_a_place_to_log_out_has_none(issuer: FakeIssuer) -> None:
    assert issuer.flow().end_address("a.b.c", BACK) == ""


@pytest.mark.parametrize(
    ("answer", "error", "says"),
    [
        (IssuerAnswer(401, {"error": "invalid_client"}), NotAuthenticated, "this client or its secret"),
        (IssuerAnswer(200, {"access_token": "a.b.c"}), NotAuthenticated, "no id_token"),
        (IssuerAnswer(200, {"access_token": 1, "id_token": "a.b.c"}), NotAuthenticated, "no access_token"),
        (IssuerAnswer(500, {}), IssuerUnavailable, "does not answer"),
    ],
)
def test_what_an_issuer_answers_in_place_of_tokens_is_told(
    issuer: FakeIssuer, answer: IssuerAnswer, error: type[Exception], says: str
) -> None:
    issuer.answer = answer
    with pytest.raises(error, match=says):
        issuer.flow().identify("the code", new_attempt(), BACK, NOW)


@pytest.mark.parametrize(
    "wrong",
    [
        {"issuer": "https://evil.example"},
        {"authorization_endpoint": "http://login.example.com/authorize"},
        {"authorization_endpoint": f"{ISSUER}/a\r\nSet-Cookie: b"},
        {"token_endpoint": None},
    ],
)
def test_a_document_that_cannot_be_right_is_not_followed(
    issuer: FakeIssuer, wrong: Mapping[str, Any]
) -> None:
    issuer.document = {**DOCUMENT, **wrong}
    with pytest.raises(IssuerUnavailable):
        issuer.flow().start_address(new_attempt(), BACK)


def test_the_document_is_kept_for_minutes_also_while_the_issuer_is_down(issuer: FakeIssuer) -> None:
    flow = issuer.flow()

    def begins() -> str:
        return flow.start_address(new_attempt(), BACK)

    begins(), begins()
    assert issuer.asked == 1
    # When it is old, and the issuer is down
    issuer.seconds, issuer.document = 601, {}
    begins(), begins()
    # Then the old one goes on, and the issuer is asked again some seconds later
    assert issuer.asked == 2
    issuer.seconds += 6
    begins()
    assert issuer.asked == 3


def test_an_issuer_that_cannot_be_reached_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    def post(*_: object) -> IssuerAnswer:
        raise httpx.ConnectError("refused")

    monkeypatch.setattr(code_flow, "post_form", post)
    with pytest.raises(IssuerUnavailable):
        FakeIssuer().flow().identify("the code", new_attempt(), BACK, NOW)


def test_the_secret_of_the_page_is_in_a_file_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "issuer.toml"
    file.write_text(
        f'issuer = "{ISSUER}"\naudience = "casecore"\n[page]\nclient_id = "page"\n'
        'client_secret_file = "secrets/page"'
    )
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "page").write_text("s3cret\n")
    page = read_issuer(file).page
    assert page is not None
    assert read_client_secret(file, page) == "s3cret"
    for wrong in ("", "two\nlines", "ü"):
        (tmp_path / "secrets" / "page").write_text(wrong)
        with pytest.raises(InvalidIssuerFile, match="secrets/page is not the secret of a client"):
            read_client_secret(file, page)


@pytest.mark.parametrize(
    "page", ["hours = 13", "hours = 0", 'audience_by = "scope"', 'client_secret = "s"', 'client_id = ""']
)
def test_a_page_that_cannot_be_right_is_refused(tmp_path: Path, page: str) -> None:
    file = tmp_path / "issuer.toml"
    first = "" if page.startswith("client_id") else 'client_id = "page"\n'
    file.write_text(f'issuer = "{ISSUER}"\naudience = "casecore"\n[page]\n{first}{page}')
    with pytest.raises(InvalidIssuerFile, match=r"\$\.page|client_secret"):
        read_issuer(file)
