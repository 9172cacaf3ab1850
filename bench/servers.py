"""The program's processes and commands on the bench's servers, and waiting for what they do."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from _thread import interrupt_main
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event, Thread

import psycopg

from bench.measurements import Measurement
from casecore.app.addresses import Addresses
from casecore.app.application import open_app
from casecore.app.running import installation
from casecore.app.settings import Settings
from casecore.app.views import stored_events_of_views
from casecore.cli.own_processes import command_of
from casecore.contract.streams import StreamKind, kind_of
from casecore.store.log import LogReader
from projections.catalogue import VIEWS
from projections.kit.reading.folded import folded_events

LIMIT_SECONDS = 600
NOT_STARTED = (installation.WATCH, installation.API)
"""Processes whose work would be measured, too."""


def start(settings: Settings, cache: Path) -> Addresses:
    """Servers, relay, views and audit of an installation, without what is NOT_STARTED."""
    return installation.start(settings, cache, command_of, lambda _: None, without=NOT_STARTED)


def project(
    settings: Settings, addresses: Addresses, view: str, events: int, runners: int = 1
) -> Measurement:
    """Measure a view from its first batch until it has folded `events` events; no other process works."""
    with ExitStack() as processes:
        for _ in range(runners):
            processes.enter_context(process(settings, addresses, "project", view))
        started_at = wait(f"view {view} begins", lambda: folded(addresses, view) > 0)
        before = folded(addresses, view)
        ended_at = wait(f"view {view} ends", lambda: folded(addresses, view) >= events)
    more = "" if runners == 1 else f", {runners} runners"
    return Measurement(
        f"view {view}{more}, from its first batch on", events - before, "events", ended_at - started_at
    )


def folded(addresses: Addresses, view: str) -> int:
    """How many events a view has folded; 0 while the view does not exist."""
    try:
        return folded_events(addresses.database, VIEWS[view])
    except Exception:  # the view does not exist yet
        return 0


def stored(addresses: Addresses, *kinds: StreamKind) -> int:
    """How many events the store has: of these kinds, or of all if none is given."""
    with LogReader(addresses.database) as log:
        by_type = log.count_by_type()
    return sum(count for name, count in by_type.items() if not kinds or kind_of(name) in kinds)


def copy_same_bytes(addresses: Addresses, events: int, name: str) -> Measurement:
    """Copies the last events and receipts into bare tables with COPY: the limit of PostgreSQL's speed."""
    columns = "originator_id, originator_version, topic, state, recorded_at"
    with psycopg.connect(addresses.database) as connection:
        rows = connection.execute(
            f"select {columns} from casecore.stored_events order by notification_id desc limit %s", (events,)
        ).fetchall()
        receipts = connection.execute(
            "select * from casecore.receipts order by recorded_at desc limit %s", (events,)
        ).fetchall()
        connection.execute(f"create table bare as select {columns} from casecore.stored_events limit 0")
        connection.execute("create table bare_receipts as select * from casecore.receipts limit 0")
        connection.commit()
        started_at = time.monotonic()
        for table, each in (("bare", rows), ("bare_receipts", receipts)):
            with connection.cursor().copy(f"copy {table} from stdin") as copy:
                for row in each:
                    copy.write_row(row)
        connection.commit()
        seconds = time.monotonic() - started_at
        connection.execute("drop table bare, bare_receipts")
    return Measurement(name, len(rows), "events", seconds)


def unfolded(settings: Settings, addresses: Addresses) -> int:
    """How many of its stored events the view lacks that is furthest behind."""
    with open_app(settings, addresses) as app:
        stored_events = stored_events_of_views(app)
    return max(events - folded(addresses, view) for view, events in stored_events.items())


def environment(settings: Settings, addresses: Addresses) -> dict[str, str]:
    """The environment of the program's processes."""
    return {
        **os.environ,
        "CASECORE_HOME": str(settings.home),
        "CASECORE_DATABASE": addresses.database,
        "CASECORE_KAFKA": addresses.kafka,
        "CASECORE_KAFKA_OPTIONS": addresses.kafka_options,
        "CASECORE_TOPIC_PREFIX": settings.topic_prefix,
    }


def casecore(settings: Settings, addresses: Addresses, *arguments: str, exits: Collection[int] = (0,)) -> str:
    """Run a command to its end; returns what it printed. SystemExit if its exit code is not in `exits`."""
    command = [sys.executable, "-m", "casecore.cli", *arguments]
    done = subprocess.run(
        command, env=environment(settings, addresses), capture_output=True, text=True, check=False
    )
    if done.returncode not in exits:
        raise SystemExit(f"{arguments} ended with {done.returncode}: {done.stderr}")
    return done.stdout


@contextmanager
def process(settings: Settings, addresses: Addresses, *arguments: str) -> Iterator[None]:
    """A long-running process, until the block ends; if it ends by itself, the bench is interrupted."""
    command = [sys.executable, "-m", "casecore.cli", *arguments, "--health-port", "0"]
    with tempfile.TemporaryFile("w+") as complaints:
        running = subprocess.Popen(command, env=environment(settings, addresses), stderr=complaints)
        ending = Event()
        watcher = Thread(target=_watch_for_end, args=(running, ending))
        watcher.start()
        try:
            yield
        finally:
            ending.set()
            watcher.join()
            if running.poll() is not None:
                complaints.seek(0)
                print(f"{arguments} ended: {complaints.read()[-2000:]}", file=sys.stderr)
            running.terminate()
            running.wait(30)


def _watch_for_end(running: subprocess.Popen[bytes], ending: Event) -> None:
    """Interrupt the main thread if the process ends, since that thread waits for the process's work."""
    while not ending.wait(0.5):
        if running.poll() is not None:
            interrupt_main()
            return


def wait(what: str, condition: Callable[[], bool]) -> float:
    """Wait until the condition holds; returns the time of the monotonic clock."""
    print(f"waiting: {what}", file=sys.stderr)
    ends_at = time.monotonic() + LIMIT_SECONDS
    while not condition():
        if time.monotonic() > ends_at:
            raise SystemExit(f"not within {LIMIT_SECONDS} seconds: {what}")
        time.sleep(0.02)
    return time.monotonic()
