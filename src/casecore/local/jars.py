"""Kafka's own files: downloaded once from Maven Central, then read from a cache folder."""

from __future__ import annotations

import hashlib
import shutil
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from casecore.local.errors import KafkaUnusable
from casecore.local.folders import fetch_into_place

KAFKA_VERSION = "4.2.1"
_COORDINATES = (
    ("org.apache.kafka", "kafka_2.13", KAFKA_VERSION),
    ("org.slf4j", "slf4j-simple", "1.7.36"),
)
_EXPECTED = Path(__file__).with_name("jars.toml")
_REQUEST_LIMIT_SECONDS = 60


OnFile: TypeAlias = Callable[[int, int], None]
"""Hears how many files are there, and of how many."""


def resolve_jars(cache: Path, on_file: OnFile = lambda *_: None) -> Path:
    """The folder below `cache` that holds Kafka's jars; downloads them only where they are missing.

    Each file is compared with the SHA-256 in jars.toml. Raises KafkaUnusable.
    """

    def fetch(folder: Path) -> None:
        for jar in _download(folder.parent, on_file):
            shutil.copyfile(jar, folder / jar.name)
        _compare(folder)

    return fetch_into_place(cache, "kafka", KAFKA_VERSION, fetch)


def _download(folder: Path, on_file: OnFile) -> list[Path]:
    # These modules load an HTTP client, which only the first run needs. jgo's own environments are not used:
    # to sort jars into modules they fetch a JDK from a third host, and keep it in ~/.cache.
    from jgo.config import GlobalSettings
    from jgo.maven import MavenContext
    from jgo.parse import Coordinate
    from requests import RequestException

    repositories = GlobalSettings.load().repositories or None
    try:
        context = MavenContext(
            repo_cache=folder / "maven", remote_repos=repositories, timeout=_REQUEST_LIMIT_SECONDS
        )
        wanted = [
            context.create_dependency(
                Coordinate(groupId=group, artifactId=artifact, version=version, scope="compile")
            )
            for group, artifact, version in _COORDINATES
        ]
        named, others = context.resolver.resolve(wanted)
        artifacts = [dependency.artifact for dependency in (*named, *others)]
        jars = []
        for number, artifact in enumerate(artifacts, start=1):
            jars.append(Path(artifact.resolve()))
            on_file(number, len(artifacts))
    except (RequestException, OSError, RuntimeError, ValueError) as error:
        raise KafkaUnusable(
            f"Apache Kafka {KAFKA_VERSION} could not be downloaded from Maven Central: {error}; "
            "check the network (a mirror can be named in ~/.config/jgo.conf), "
            "or set CASECORE_KAFKA to a broker of your own"
        ) from error
    return jars


def _compare(folder: Path) -> None:
    found = {jar.name: hashlib.sha256(jar.read_bytes()).hexdigest() for jar in folder.iterdir()}
    expected = tomllib.loads(_EXPECTED.read_text())["sha256"]
    wrong = sorted(name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name))
    if wrong:
        raise KafkaUnusable(
            f"what Maven Central sent for Apache Kafka {KAFKA_VERSION} differs from "
            f"{_EXPECTED.name} in: {', '.join(wrong)}; try again, and do not use the files if it stays so"
        )


def _say(number: int, total: int) -> None:
    last = number == total
    if sys.stdout.isatty() or last:
        sys.stdout.write(f"\r  {number} of {total} files" + ("\n" if last else ""))
        sys.stdout.flush()


if __name__ == "__main__":
    try:
        resolve_jars(Path(sys.argv[1]).resolve(), _say)
    except KafkaUnusable as error:
        sys.exit(str(error))
