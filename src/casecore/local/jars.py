"""Kafka's own files: downloaded once from Maven Central, then read from a cache folder."""

from __future__ import annotations

import hashlib
import shutil
import sys
import tempfile
import tomllib
from pathlib import Path

from casecore.local.errors import KafkaUnusable
from casecore.local.folders import exclusive

KAFKA_VERSION = "4.2.1"
_ENDPOINT = f"org.apache.kafka:kafka_2.13:{KAFKA_VERSION}+org.slf4j:slf4j-simple:1.7.36"
_EXPECTED = Path(__file__).with_name("jars.toml")
_LOCK_LIMIT_SECONDS = 300
_REQUEST_LIMIT_SECONDS = 60


def resolve_jars(cache: Path) -> Path:
    """The folder below `cache` that holds Kafka's jars; downloads them only where they are missing.

    Each file is compared with the SHA-256 in jars.toml. Raises KafkaUnusable.
    """
    folder = cache / f"kafka-{KAFKA_VERSION}"
    if folder.exists():
        return folder
    with exclusive(cache / "kafka.lock", _LOCK_LIMIT_SECONDS):
        if folder.exists():
            return folder
        # An interrupted download must not be taken for Kafka, so the folder gets its name last.
        with tempfile.TemporaryDirectory(dir=cache, prefix="partial-") as partial:
            complete = Path(partial) / "jars"
            complete.mkdir()
            for jar in _download(Path(partial)):
                shutil.copyfile(jar, complete / jar.name)
            _compare(complete)
            complete.rename(folder)
    return folder


def _download(folder: Path) -> list[Path]:
    # These modules load an HTTP client, which only the first run needs.
    from jgo.config import GlobalSettings
    from jgo.env import EnvironmentBuilder
    from jgo.maven import MavenContext
    from requests import RequestException

    repositories = GlobalSettings.load().repositories or None
    context = MavenContext(
        repo_cache=folder / "maven",
        remote_repos=repositories,
        timeout=_REQUEST_LIMIT_SECONDS,
    )
    try:
        environment = EnvironmentBuilder(context, cache_dir=folder / "jgo").from_endpoint(_ENDPOINT)
    except (RequestException, OSError, RuntimeError, ValueError) as error:
        raise KafkaUnusable(
            f"Apache Kafka {KAFKA_VERSION} could not be downloaded from Maven Central: {error}; "
            "check the network (a mirror can be named in ~/.config/jgo.conf), "
            "or set CASECORE_KAFKA to a broker of your own"
        ) from error
    return list(environment.all_jars)


def _compare(folder: Path) -> None:
    found = {jar.name: hashlib.sha256(jar.read_bytes()).hexdigest() for jar in folder.iterdir()}
    expected = tomllib.loads(_EXPECTED.read_text())["sha256"]
    wrong = sorted(name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name))
    if wrong:
        raise KafkaUnusable(
            f"what Maven Central sent for Apache Kafka {KAFKA_VERSION} differs from "
            f"{_EXPECTED.name} in: {', '.join(wrong)}; try again, and do not use the files if it stays so"
        )


if __name__ == "__main__":
    try:
        resolve_jars(Path(sys.argv[1]).resolve())
    except KafkaUnusable as error:
        sys.exit(str(error))
