"""The demo's own servers."""

from __future__ import annotations

import signal
from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from casecore.app.addresses import Addresses
from casecore.app.application import open_app
from casecore.app.identities import key_file
from casecore.app.logging_in.demo_people import demo_people, invite_demo_people
from casecore.app.running import installation
from casecore.app.running.demo import (
    PortsTaken,
    demo_environment,
    demo_home,
    demo_lock,
    demo_settings,
    end_kept_demo,
    held_ports,
)
from casecore.app.running.listening import page_of
from casecore.app.settings import read_settings
from casecore.cli.commands.demo.files import LOG
from casecore.cli.commands.demo.kept import open_cases, print_kept
from casecore.cli.commands.demo.own_servers import own_servers
from casecore.identity.errors import NotAuthenticated
from casecore.local.errors import ProcessesUnusable
from casecore.local.folders import exclusive
from casecore.store.migrations import migrate
from casecore.web.rendering.words import WORDS
from projections.workload.projection import WORKLOAD
from tests.projections.stored import fold_store

SUNDAY_NIGHT = datetime(2026, 3, 29, 23, 10, tzinfo=UTC)
"""In Berlin it is Monday already, and summer time has begun since Friday."""


@pytest.fixture(autouse=True)
def signals() -> Iterator[None]:
    """The demo ends its process, so it leaves signals as they are; this process goes on."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


def test_it_runs_no_watch_since_the_misses_of_its_log_are_of_years_ago(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    started: list[str] = []

    def start(settings: object, *_: object, without: Collection[str] = (), **__: object) -> None:
        found = installation.processes_of(read_settings({}))
        started.extend(process.name for process in found if process.name not in without)
        raise ProcessesUnusable("that is enough")

    monkeypatch.setattr(installation, "start", start)
    with pytest.raises(ProcessesUnusable), own_servers(read_settings({"CASECORE_HOME": str(tmp_path)})):
        pass
    assert started == ["relay", "billing", "sla", "timeline", "workload", "audit"]


def test_a_demo_that_is_kept_has_cases_of_these_days_that_wait_for_its_people(
    database: str, tmp_path: Path
) -> None:
    migrate(database)
    own = read_settings({"CASECORE_HOME": str(tmp_path)})
    with open_app(own, Addresses(database, "127.0.0.1:1")) as app:
        open_cases(app, SUNDAY_NIGHT)

    fold_store(database, WORKLOAD)
    with psycopg.connect(database) as connection:
        found = connection.execute("select state, count(*) from workload.cases group by state").fetchall()
        opened = connection.execute("select opened_at from workload.cases order by 1").fetchall()
    assert dict(found) == {
        "opened": 2,
        "reseller_l0": 2,
        "escalated_l1": 3,
        "partner_support": 1,
        "resolved": 1,
    }
    # Whenever it is begun, what happened was in office hours: the last on Friday at half past four.
    assert [opened[0][0], opened[-1][0]] == [
        datetime(2026, 3, 24, 13, 0, tzinfo=UTC),
        datetime(2026, 3, 27, 15, 30, tzinfo=UTC),
    ]


def test_its_people_have_keys_in_a_file_of_its_home_that_nobody_else_reads(tmp_path: Path) -> None:
    own = read_settings({"CASECORE_HOME": str(tmp_path)})
    now = datetime.now(UTC)

    invite_demo_people(own, now)

    people = demo_people(own).read()
    assert [one.id for one in people] == [
        "seller:nord:ida",
        "seller:nord:jan",
        "vendor:vendor:vera",
        "vendor:vendor:olaf",
        "customer:praxis-ost:dr-oehler",
    ]
    for one in people:
        assert key_file(own).identify(one.key, now).actor == one.actor
        assert one.does in WORDS["does"]
        with pytest.raises(NotAuthenticated, match="expired"):
            key_file(own).identify(one.key, now + timedelta(days=30))
    file = tmp_path / "people.json"
    assert file.stat().st_mode & 0o777 == 0o600
    # and none is one of them any more when others can read it
    file.chmod(0o640)
    assert demo_people(own).read() == ()
    assert demo_people(own).key_of("seller:nord:ida") == ""


def test_a_demo_is_reached_from_this_machine_alone_whatever_is_set(tmp_path: Path) -> None:
    set_elsewhere = {
        "CASECORE_HOME": str(tmp_path),
        "CASECORE_API_HOST": "0.0.0.0",
        "CASECORE_API_PORT": "443",
        "CASECORE_API_CERTIFICATE": "c.pem",
        "CASECORE_API_CERTIFICATE_KEY": "k.pem",
        "CASECORE_API_PROXIES": "10.0.0.0/8",
        "CASECORE_API_KEYS": "anywhere",
        "CASECORE_API_ISSUER": "issuer.toml",
        "CASECORE_WEB_ADDRESS": "https://support.example.com",
        "CASECORE_VENDOR": "maker",
    }

    own = demo_settings(read_settings(set_elsewhere))

    assert own.home == tmp_path / "demo"
    assert page_of(own.api) == f"http://127.0.0.1:{own.health_port + 10}/"
    # Then its processes read the same
    given = {**set_elsewhere, **demo_environment(own), "CASECORE_API_PORT": str(own.api.port)}
    assert read_settings(given) == own


def test_down_ends_a_demo_that_was_kept_and_leaves_one_alone_that_is_being_told(tmp_path: Path) -> None:
    settings = read_settings({"CASECORE_HOME": str(tmp_path)})
    assert end_kept_demo(settings) is False
    demo_home(settings).mkdir()
    (demo_home(settings) / "people.json").write_text("[]")

    with exclusive(demo_lock(settings), 0):
        assert end_kept_demo(settings) is False
    assert demo_home(settings).exists()

    end_kept_demo(settings)
    assert not demo_home(settings).exists()


def test_a_demo_takes_no_ports_of_another_one_that_begins_at_the_same_time(tmp_path: Path) -> None:
    settings = read_settings({"CASECORE_HOME": str(tmp_path)})
    own = demo_settings(settings)
    with held_ports(own):
        # Though nothing of it listens yet, another one begins elsewhere
        assert demo_settings(settings).health_port > own.health_port
        # Or not at all, if it has chosen the same just now
        with pytest.raises(PortsTaken, match="begin this one again"), held_ports(own):
            pass


def test_one_that_is_kept_says_where_its_page_is_and_the_pictures_of_its_log(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    own = read_settings({"CASECORE_HOME": str(tmp_path)})

    print_kept(own, LOG)
    of_example = capsys.readouterr().out
    print_kept(own, tmp_path / "other.xes")
    of_another = capsys.readouterr().out

    assert f"  Page      {page_of(own.api)}\n" in of_example
    assert f"{page_of(own.api)}operations?seller=helpdesk&since=2013-01-01" in of_example
    assert f"  Page      {page_of(own.api)}\n" in of_another
    assert "helpdesk" not in of_another
