"""Logging in and out, and what a browser may send."""

from __future__ import annotations

import pytest

from tests.web.sites import ADDRESS, Site

IDA = "seller:nord:ida"


def test_whoever_is_not_logged_in_is_led_to_the_login_and_back(site: Site) -> None:
    answer = site.browser().look("/cases?state=opened")

    assert answer.status_code == 303
    assert answer.headers["location"] == "/login?back=/cases%3Fstate%3Dopened"


def test_a_key_logs_its_person_in(site: Site) -> None:
    ida = site.as_(IDA)

    page = ida.look("/account")

    assert page.status_code == 200
    assert "<b>ida</b>" in page.text


def test_a_key_that_is_not_known_logs_nobody_in(site: Site) -> None:
    answer = site.browser().client.post("/login", data={"key": "casecore_X"}, headers={"Origin": ADDRESS})

    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers
    assert "The key is not known here." in answer.text


def test_a_login_ends_with_its_key(site: Site) -> None:
    ida = site.as_(IDA)
    site.revoke_all()

    assert ida.look("/work").status_code == 303


def test_a_login_ends_at_logout_wherever_its_secret_is_kept(site: Site) -> None:
    ida = site.as_(IDA)
    copied = site.browser()
    copied.client.cookies.update(ida.client.cookies)

    assert ida.send("/logout").status_code == 303

    assert copied.look("/work").status_code == 303


def test_each_login_has_a_secret_of_its_own(site: Site) -> None:
    answer = site.browser().client.post(
        "/login",
        data={"key": site.key(IDA)},
        headers={"Origin": ADDRESS, "Cookie": "casecore_9480=a-secret-that-somebody-else-knows"},
    )

    assert answer.headers["set-cookie"].startswith("casecore_9480=")
    assert "a-secret-that-somebody-else-knows" not in answer.headers["set-cookie"]


def test_the_cookie_is_for_this_host_and_no_script(site: Site) -> None:
    answer = site.browser().client.post("/login", data={"key": site.key(IDA)}, headers={"Origin": ADDRESS})

    assert {"HttpOnly", "Path=/", "SameSite=lax"} <= set(answer.headers["set-cookie"].split("; "))
    assert "Domain" not in answer.headers["set-cookie"]


@pytest.mark.parametrize("origin", ["http://evil.example", "http://127.0.0.1:9481", "https://127.0.0.1:9480"])
def test_a_form_from_elsewhere_is_refused(site: Site, origin: str) -> None:
    ida = site.as_(IDA)

    assert ida.send("/logout", origin=origin).status_code == 403
    assert ida.look("/account").status_code == 200


def test_a_form_without_its_token_is_refused(site: Site) -> None:
    ida, jan = site.as_(IDA), site.as_("seller:nord:jan")

    assert ida.send("/logout", token="").status_code == 403
    assert ida.send("/logout", token=jan.token()).status_code == 403


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:80"])
def test_another_name_is_not_answered(site: Site, host: str) -> None:
    answer = site.as_(IDA).look("/work", Host=host)

    assert answer.status_code == 400


@pytest.mark.parametrize("back", ["//evil.example", "https://evil.example", "/\\evil.example", "/%0d%0aX: y"])
def test_nobody_is_led_elsewhere(site: Site, back: str) -> None:
    answer = site.browser().client.post(
        "/login", data={"key": site.key(IDA), "back": back}, headers={"Origin": ADDRESS}
    )

    assert answer.headers["location"].startswith("/")
    assert not answer.headers["location"].startswith(("//", "/\\"))


def test_a_page_runs_no_script_but_its_own_and_is_in_no_frame(site: Site) -> None:
    policy = site.as_(IDA).look("/work").headers["content-security-policy"]

    assert "script-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
