"""Logging in at a real provider of identities: there, back with a code, and out at both."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
from httpx2 import Response

from tests.identity.provider.running import AUDIENCE, Provider
from tests.web.sites import ADDRESS, Browser, Site

NewSite = Callable[..., Site]
CALLBACK = f"{ADDRESS}/login/callback"


def leave(browser: Browser, back: str = "/cases?state=opened") -> str:
    """Press the button of the provider: where the browser is led."""
    answer = browser.client.post("/login/provider", data={"back": back}, headers={"Origin": ADDRESS})
    assert answer.status_code == 200, answer.text
    [where] = re.findall(r'<a href="(http[^"]+)"', answer.text)
    assert answer.headers["refresh"] == f"0; url={unescape(where)}"
    return unescape(where)


def come_back(
    browser: Browser, provider: Provider, person: str = "ida", back: str = "/cases?state=opened"
) -> Response:
    """Log in at the provider, and come back."""
    return browser.look(provider.log_in(leave(browser, back), person, CALLBACK))


def test_people_log_in_at_the_provider_and_come_back_to_where_they_were(
    site: Site, provider: Provider
) -> None:
    browser = site.browser()

    answer = come_back(browser, provider)

    assert (answer.status_code, answer.headers["location"]) == (303, "/cases?state=opened")
    account = browser.look("/account").text
    assert "<b>ida</b>" in account
    assert "<code>page</code>" in account
    assert "casecore_attempt_9480" not in browser.client.cookies


def test_the_provider_is_asked_as_is_best_done_now(site: Site, provider: Provider) -> None:
    where = leave(site.browser())

    asked = {name: one for name, [one] in parse_qs(urlsplit(where).query).items()}

    assert where.startswith(f"{provider.issuer}/auth?")
    assert {name: asked.pop(name) for name in ("state", "nonce", "code_challenge")}.keys()
    assert asked == {
        "response_type": "code",
        "client_id": "page",
        "redirect_uri": CALLBACK,
        "scope": "openid agent accountant operator analyst service",
        "code_challenge_method": "S256",
        "resource": AUDIENCE,
    }


def test_a_client_may_be_public(site_with: NewSite, provider: Provider) -> None:
    assert come_back(site_with(client="public").browser(), provider).status_code == 303


def test_over_tls_the_way_there_and_back_is_of_this_host_alone(
    site_with: NewSite, provider: Provider
) -> None:
    address = "https://support.example.com"
    browser = site_with(CASECORE_WEB_ADDRESS=address).browser(address)

    gone = browser.client.post("/login/provider", data={"back": "/work"}, headers={"Origin": address})
    where = gone.headers["refresh"].removeprefix("0; url=")
    back = browser.look(provider.log_in(where, "ida", f"{address}/login/callback"))

    begun, login, ended = gone.headers["set-cookie"], *back.headers.get_list("set-cookie")
    assert begun.startswith("__Host-casecore_attempt=")
    assert login.startswith("__Host-casecore=")
    assert ended.startswith('__Host-casecore_attempt="";')
    assert "Max-Age=600" in begun
    flags = {"Secure", "HttpOnly", "Path=/", "SameSite=lax"}
    assert all(flags <= set(one.split("; ")) for one in (begun, login, ended))
    assert (back.status_code, back.headers["location"]) == (303, "/work")


def test_a_login_at_the_provider_lasts_as_long_as_is_set(
    site_with: NewSite, provider: Provider, database: str
) -> None:
    come_back(site_with(page="hours = 2").browser(), provider)

    with psycopg.connect(database) as connection:
        found = connection.execute("select expires_at - begun_at from casecore.logins").fetchone()

    assert found is not None
    assert 7_190 < found[0].total_seconds() <= 7_200


def test_whoever_logs_out_is_led_to_log_out_at_the_provider(
    site: Site, provider: Provider, database: str
) -> None:
    browser = site.browser()
    come_back(browser, provider)

    answer = browser.send("/logout")

    assert browser.look("/work").status_code == 303
    where = urlsplit(answer.headers["refresh"].removeprefix("0; url="))
    asked = parse_qs(where.query)
    assert where.path == "/session/end"
    assert asked["post_logout_redirect_uri"] == [f"{ADDRESS}/login"]
    assert asked["id_token_hint"][0].count(".") == 2
    # and what the provider has said of the person is kept no longer
    with psycopg.connect(database) as connection:
        assert connection.execute("select id_token from casecore.logins").fetchall() == [(None,)]


def test_an_answer_is_taken_from_the_browser_that_has_begun_and_only_once(
    site: Site, provider: Provider
) -> None:
    victim, other = site.browser(), site.browser()
    back = provider.log_in(leave(other), "ida", CALLBACK)
    # When somebody makes another browser take what they were given, whether it has begun itself or not
    assert victim.look(back).status_code == 401
    leave(victim)
    assert victim.look(back).status_code == 401
    # and when it says another state
    mine = provider.log_in(leave(victim), "ida", CALLBACK)
    assert victim.look(re.sub("state=[^&]+", "state=guessed", mine)).status_code == 401
    assert victim.look(f"{mine}&state=guessed").status_code == 401
    # Then nobody is logged in, and the attempt is still the browser's own: once
    assert victim.look("/work").status_code == 303
    assert victim.look(mine).headers["location"] == "/cases?state=opened"
    again = victim.look(mine)
    assert again.status_code == 401
    assert "log in again" in again.text


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("nonce = 'another'", "nonce"),
        ("verifier = 'of-another-attempt-which-is-long-enough-to-be-one'", "invalid_grant"),
        ("expires_at = now()", "took longer than ten minutes"),
    ],
)
def test_an_answer_that_does_not_fit_the_attempt_logs_nobody_in(
    site: Site, provider: Provider, database: str, change: str, says: str
) -> None:
    browser = site.browser()
    back = provider.log_in(leave(browser), "ida", CALLBACK)
    with psycopg.connect(database) as connection:
        connection.execute(f"update casecore.login_attempts set {change}")

    answer = browser.look(back)

    assert answer.status_code == 401
    assert says in answer.text
    assert browser.look("/work").status_code == 303


def test_a_code_that_another_has_used_is_refused_by_the_provider(
    site: Site, provider: Provider, database: str
) -> None:
    browser = site.browser()
    back = provider.log_in(leave(browser), "ida", CALLBACK)
    rows = "select * from casecore.login_attempts"
    with psycopg.connect(database) as connection:
        row = connection.execute(rows).fetchone()
        cookies = dict(browser.client.cookies)
        browser.look(back)
        connection.execute("insert into casecore.login_attempts values (%s, %s, %s, %s, %s, %s)", row)
    thief = site.browser()
    thief.client.cookies.update(cookies)

    answer = thief.look(back)

    assert answer.status_code == 401
    assert "invalid_grant" in answer.text


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ("error=access_denied", "access_denied"),
        ("error=%3Cscript%3E&error_description=Call+0900", "(error)"),
        ("", "has no code"),
        ("code=made-up", "invalid_grant"),
        ("code=x&iss=https://evil.example", "another provider"),
    ],
)
def test_an_error_of_the_provider_is_told_and_logs_nobody_in(site: Site, answer: str, says: str) -> None:
    browser = site.browser()
    [state] = parse_qs(urlsplit(leave(browser)).query)["state"]

    page = browser.look(f"/login/callback?state={state}&{answer}")

    assert page.status_code == 401
    assert says in page.text
    assert "0900" not in page.text
    assert 'value="/cases?state=opened"' in page.text
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]


def test_whoever_the_provider_says_nothing_of_is_told_what_is_missing(site: Site, provider: Provider) -> None:
    answer = come_back(site.browser(), provider, "nobody")

    assert answer.status_code == 401
    assert "claim role" in answer.text


def test_an_access_token_that_says_nothing_is_told_with_what_to_do(
    site_with: NewSite, provider: Provider
) -> None:
    answer = come_back(site_with(page='audience_by = ""').browser(), provider)

    assert answer.status_code == 401
    assert f"register {AUDIENCE} at the issuer" in answer.text


def test_a_login_that_may_be_used_for_nothing_is_refused(site_with: NewSite, provider: Provider) -> None:
    answer = come_back(site_with(page='scope = "openid"').browser(), provider)

    assert answer.status_code == 401
    assert "give the person a scope" in answer.text


def test_while_the_provider_is_down_one_is_told_so(site_with: NewSite, provider: Provider) -> None:
    site, begun = site_with(), site_with().browser()
    back = provider.log_in(leave(begun), "ida", CALLBACK)
    # When it is down before it was ever asked, and when somebody comes back
    provider.stop()
    try:
        answers = [
            site.browser().client.post("/login/provider", data={"back": "/"}, headers={"Origin": ADDRESS}),
            begun.look(back),
        ]
    finally:
        provider.start(provider.keys)
    # Then one may try again
    assert [one.status_code for one in answers] == [503, 503]
    assert all("does not answer now" in one.text for one in answers)
    assert come_back(begun, provider).status_code == 303


@pytest.mark.parametrize("back", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_nobody_is_led_elsewhere_after_the_provider(site: Site, provider: Provider, back: str) -> None:
    assert come_back(site.browser(), provider, back=back).headers["location"] == "/"


def test_a_form_from_elsewhere_begins_no_login(site: Site) -> None:
    answer = site.browser().client.post(
        "/login/provider", data={}, headers={"Origin": "https://evil.example"}
    )

    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


def test_a_login_at_the_provider_has_a_new_secret_and_ends_the_one_before(
    site: Site, provider: Provider
) -> None:
    browser = site.as_("seller:nord:jan")
    before = site.browser()
    before.client.cookies.update(browser.client.cookies)

    come_back(browser, provider)

    assert "<b>ida</b>" in browser.look("/account").text
    assert before.look("/account").status_code == 303
