"""How the program ends: the exit code of every invocation, and nothing of what it says."""

from __future__ import annotations

import gzip
import json
import re
import shlex
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kafka import KafkaAdminClient

from casecore.kafka.settings import connection
from tests.servers import new_database
from tests.surface.command_line import ROOT, CommandLine
from tests.surface.exits_given import GIVEN
from tests.surface.installation import Installation
from tests.surface.refused_cases import CASES

# They go on until they are stopped, or a while, where they do not end as they do now.
_OUTSIDE = ("audit", "demo", "down", "project", "rebuild", "relay", "sla whatif", "topics create", "up")
_AT_ONCE = 3
_SETTING = re.compile(r"CASECORE_\w+=")
_NOBODY = "postgresql://127.0.0.1:1/nowhere"


def capture_exits(installation: Installation) -> dict[str, dict[str, Any]]:
    """The exit codes, by where an invocation was given, and those of the story's commands."""
    write_files(installation.home)
    with _other_topics(installation) as other, _places(installation) as places:
        names = {
            "folder": str(installation.home),
            "root": str(ROOT),
            "taken": str(installation.ports["relay"]),
            "other": other,
        }
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            begun = {
                where: {line: _begin(CommandLine(places[where]), line, names, pool) for line in lines}
                for where, lines in GIVEN.items()
            }
        found = {where: {line: ended() for line, ended in lines.items()} for where, lines in begun.items()}
    return {**found, "in the story": _of_the_story(installation)}


def write_files(home: Path) -> None:
    """Files with something wrong in each."""
    log = gzip.decompress((home / "log.xes.gz").read_bytes()).decode()
    head = log.index("<trace>")
    second = log.index("<trace>", head + 1)
    texts = {
        "broken.toml": 'id = "broken"\n[weekly\n',
        "homeless.toml": (ROOT / "docs/service-levels/nord-level-0.toml").read_text(),
        "broken.jsonl": '{"type": "opened"\n',
        "refused.jsonl": '{"kind": "weather"}\n',
        "repeated.jsonl": json.dumps(CASES["accepted: a message"]),
        "log-broken-at-once.xes": log[: head + 20],
        "log-broken-off.xes": log[: second + 20],
    }
    for name, text in texts.items():
        (home / name).write_text(text)
    for name in ("second", "third"):
        (home / name).mkdir(exist_ok=True)


@contextmanager
def _places(installation: Installation) -> Iterator[dict[str, dict[str, str]]]:
    with new_database(installation.database) as empty, new_database(installation.database) as bare:
        usual = installation.settings
        done = CommandLine({**usual, "CASECORE_DATABASE": bare}).run("database", "migrate")
        installation.expect(done, "database migrate")
        yield {
            "on the installation": usual,
            "where no servers are": {"CASECORE_HOME": str(installation.home / "second")},
            "where nobody listens": {**usual, "CASECORE_DATABASE": _NOBODY},
            "on a database without tables": {**usual, "CASECORE_DATABASE": empty},
            "on a database without views": {**usual, "CASECORE_DATABASE": bare},
        }


@contextmanager
def _other_topics(installation: Installation) -> Iterator[str]:
    """A prefix whose topics are not as they must be."""
    other = f"{installation.prefix}-other"
    with KafkaAdminClient(**connection(installation.cluster)) as admin:
        admin.create_topics({f"{other}.cases": {"num_partitions": 1, "replication_factor": 1}})
    yield other


def _begin(here: CommandLine, line: str, names: dict[str, str], pool: Executor) -> Callable[[], int]:
    """Run a command; returns what gives its exit code. One that needs a process of its own runs beside."""
    words = [_plain(word) for word in shlex.split(line.format(**names))]
    settings: dict[str, str] = {}
    while words and _SETTING.match(words[0]):
        name, _, value = words.pop(0).partition("=")
        settings[name] = value
    if " ".join(words).startswith(_OUTSIDE):
        running = pool.submit(here.run_outside, *words, settings=settings)
        return lambda: running.result().code
    ended = here.run(*words, settings=settings)
    return lambda: ended.code


def _plain(word: str) -> str:
    r"""$'…' as a shell reads it, for the characters that nobody can type."""
    return word.removeprefix("$").encode().decode("unicode_escape") if word.startswith("$") else word


def _of_the_story(installation: Installation) -> dict[str, list[int]]:
    """The codes with which each command of the story ended."""
    codes: defaultdict[str, set[int]] = defaultdict(set)
    for played in installation.played:
        codes[played.name].add(played.code)
    return {name: sorted(ended) for name, ended in sorted(codes.items())}
