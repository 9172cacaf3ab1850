"""Logging in and out, and what a browser may send."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from httpx2 import Response
from msgspec.structs import replace

from casecore.app.logging_in.demo_people import invite_demo_people
from casecore.app.settings import read_settings
from casecore.identity.key_file import KeyFile
from casecore.store.migrations import migrate
from tests.web.sites import ADDRESS, Browser, Site, open_site

IDA = "seller:nord:ida"
FIELD_BACK = re.compile('name="back" value="([^"]+)"')


@pytest.mark.parametrize("asked", ["/cases?state=opened", "/cases/C-1%3F%23%25?at=2026-03-03"])
def test_whoever_is_not_logged_in_is_led_to_the_login_and_back(site: Site, asked: str) -> None:
    browser = site.browser()
    answer = browser.look(asked)

    assert (answer.status_code, answer.headers["location"]) == (303, f"/login?back={quote(asked)}")
    _, of_login = FIELD_BACK.findall(browser.look(answer.headers["location"]).text)
    fields = {"key": site.key(IDA), "back": unescape(of_login)}
    led = browser.client.post("/login", data=fields, headers={"Origin": ADDRESS})
    assert led.headers["location"] == asked


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


def test_a_login_ends_when_its_key_expires(site: Site, tmp_path: Path) -> None:
    ida, now = site.as_(IDA), datetime.now(UTC)

    KeyFile(tmp_path / "keys.json").change(lambda keys: tuple(replace(one, expires_at=now) for one in keys))

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


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "http://127.0.0.1:9481", "https://127.0.0.1:9480", "http://["]
)
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
@pytest.mark.parametrize("form", ["/login", "/language"])
def test_nobody_is_led_elsewhere(site: Site, back: str, form: str) -> None:
    fields = {"key": site.key(IDA), "language": "de", "back": back}
    answer = site.browser().client.post(form, data=fields, headers={"Origin": ADDRESS})

    assert answer.headers["location"].startswith("/")
    assert not answer.headers["location"].startswith(("//", "/\\"))


def test_a_page_runs_no_script_but_its_own_and_is_in_no_frame(site: Site) -> None:
    policy = site.as_(IDA).look("/work").headers["content-security-policy"]

    assert "script-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


def logged_in(browser: Browser, key: str, address: str = ADDRESS) -> Response:
    return browser.client.post("/login", data={"key": key}, headers={"Origin": address})


def test_over_tls_the_cookie_is_secure_and_of_this_host_alone(database: str, tmp_path: Path) -> None:
    migrate(database)
    address = "https://support.example.com"
    with open_site(database, tmp_path, CASECORE_WEB_ADDRESS=address) as site:
        browser = site.browser(address)

        answer = logged_in(browser, site.key(IDA), address)

        assert answer.headers["set-cookie"].startswith("__Host-casecore=")
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=lax"} <= set(
            answer.headers["set-cookie"].split("; ")
        )
        assert "Domain" not in answer.headers["set-cookie"]
        assert browser.look("/account").status_code == 200


def test_behind_a_declared_proxy_the_browser_speaks_tls_and_behind_another_it_does_not(
    database: str, tmp_path: Path
) -> None:
    migrate(database)
    address = "https://support.example.com"
    inside = "http://support.example.com"
    says = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9"}
    settings = {"CASECORE_WEB_ADDRESS": address, "CASECORE_API_KEYS": "anywhere"}
    with open_site(database, tmp_path, **settings) as site:
        declared = site.browser(inside, ["127.0.0.1"], **says)
        other = site.browser(inside, ["10.0.0.1"], **says)

        # The origin of a form is what the browser sees, so one whose proxy nobody has declared sends none.
        assert logged_in(other, site.key(IDA), address).status_code == 403
        answer = logged_in(declared, site.key(IDA), address)

        assert answer.headers["set-cookie"].startswith("__Host-casecore=")
        assert "Secure" in answer.headers["set-cookie"]
        assert "203.0.113.9" not in declared.look("/account").text


def test_a_key_is_not_taken_from_another_machine(site: Site) -> None:
    answer = logged_in(site.browser(client="192.0.2.7"), site.key(IDA))

    assert answer.status_code == 401
    assert "from this machine only" in answer.text
    assert "Key of this installation" not in answer.text


def test_whoever_fails_too_often_waits_and_nobody_else_does(site: Site) -> None:
    answers = [logged_in(site.browser(), "casecore_X").status_code for _ in range(61)]
    assert answers == [401] * 60 + [429]

    waits = logged_in(site.browser(Accept="text/html"), site.key(IDA))

    assert (waits.status_code, waits.headers["content-type"]) == (429, "text/html; charset=utf-8")
    assert int(waits.headers["retry-after"]) > 0
    assert "too many requests" in waits.text
    # Whoever is at another address is not kept from logging in, and looking is free
    assert "Keys are taken from this machine only" in logged_in(site.browser(client="192.0.2.7"), "x").text
    assert site.browser().look("/login").status_code == 200


def test_a_login_ends_when_its_time_is_over(site: Site) -> None:
    ida = site.as_(IDA)
    with psycopg.connect(site.database) as connection:
        connection.execute("update casecore.logins set expires_at = now()")

    assert ida.look("/work").status_code == 303


def test_a_login_is_renewed_by_logging_in_again(site: Site) -> None:
    browser = site.as_(IDA)
    copied = site.browser()
    copied.client.cookies.update(browser.client.cookies)

    answer = logged_in(browser, site.key("seller:nord:jan"))

    assert answer.headers.get_list("set-cookie")[0].startswith("casecore_9480=")
    assert "<b>jan</b>" in browser.look("/account").text
    assert copied.look("/account").status_code == 303


def test_keys_that_cannot_be_read_are_a_fault_of_the_installation(site: Site, tmp_path: Path) -> None:
    ida, key = site.as_(IDA), site.key(IDA)
    (tmp_path / "keys.json").chmod(0o644)

    answers = [ida.look("/work"), logged_in(site.browser(), key)]

    assert [one.status_code for one in answers] == [503, 503]
    assert not any("keys.json" in one.text for one in answers)


def test_every_page_before_the_login_is_kept_out_of_frames(site: Site) -> None:
    pages = [site.browser().look(path) for path in ("/login", "/login?back=/work", "/nowhere")]

    assert all("frame-ancestors 'none'" in one.headers["content-security-policy"] for one in pages)
    assert all("form-action 'self'" in one.headers["content-security-policy"] for one in pages)


def test_the_access_log_has_nothing_personal(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    ida = site.as_(IDA)
    ida.look("/cases?text=Dr.+Oehler")
    ida.look("/login/callback?code=a-code&state=a-state")
    ida.send("/logout")

    lines = capsys.readouterr().out

    assert "organisation=nord" in lines
    assert not [word for word in ("ida", "Oehler", "a-code", "a-state", "127.0.0.1") if word in lines]


def test_on_the_machine_of_a_demo_one_is_somebody_of_it_by_one_click(site: Site, tmp_path: Path) -> None:
    invite_demo_people(read_settings({"CASECORE_HOME": str(tmp_path)}), datetime.now(UTC))
    near, far = site.browser(), site.browser(client="192.0.2.7")
    relayed = site.browser(**{"X-Forwarded-For": "192.0.2.7"})

    pages = [one.look("/login").text for one in (near, far, relayed)]
    answers = [
        one.client.post("/login", data={"person": "vendor:vendor:vera"}, headers={"Origin": ADDRESS})
        for one in (near, far, relayed)
    ]

    assert ["vera" in page for page in pages] == [True, False, False]
    assert [one.status_code for one in answers] == [303, 401, 401]
    assert "<b>vera</b>" in near.look("/account").text
    # No page has the keys, and there is nobody else
    assert "casecore_" not in pages[0].partition("<main")[2].replace("casecore_9480", "")
    unknown = near.client.post("/login", data={"person": "vendor:vendor:otto"}, headers={"Origin": ADDRESS})
    assert unknown.status_code == 401
    elsewhere = near.client.post(
        "/login", data={"person": "vendor:vendor:olaf"}, headers={"Origin": "https://evil.example"}
    )
    assert elsewhere.status_code == 403
