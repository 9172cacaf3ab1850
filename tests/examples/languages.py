"""The examples in Node and Java, made ready below .casecore/cache: `python -m tests.examples.languages`.

Packages of npm and of Maven Central are fetched once for each lock file, and compared with the hashes in it.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

from casecore.errors.kinds import CasecoreError
from casecore.local.folders import fetch_into_place
from tests.examples.subscribers import EXAMPLES, Example
from tests.npm import NODE, resolve_packages

CACHE = EXAMPLES.parent / ".casecore" / "cache"
JAVA_RELEASE = 17
_NODE, _JAVA = EXAMPLES / "node", EXAMPLES / "java"
_HASHES = _JAVA / "jars.toml"
_JVM = ("-Xmx192m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-XX:-UsePerfData")
_LIMIT_SECONDS = 120
_MAVEN = {"m": "http://maven.apache.org/POM/4.0.0"}


def node_example(name: str) -> Example:
    """A program of examples/node."""

    def command(folder: Path) -> Sequence[str | Path]:
        return (NODE, _beside_packages(folder) / f"{name}.mjs")

    return Example(name, command, _NODE)


def java_example(name: str) -> Example:
    """A program of examples/java; it is compiled when it is started."""

    def command(folder: Path) -> Sequence[str | Path]:
        return (_tool("java"), *_JVM, *_QUIET, "-cp", f"{_compiled(folder)}:{jars()}/*", name)

    return Example(name, command, _JAVA)


_QUIET = ("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",)


def missing_jdk() -> str | None:
    """Why the examples in Java cannot be compiled here; None where they can."""
    try:
        said = subprocess.run(
            [_tool("javac"), "-version"], capture_output=True, text=True, timeout=_LIMIT_SECONDS, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return f"no javac: install a JDK of {JAVA_RELEASE} or later, and put it on PATH or into JAVA_HOME"
    version = (said.stdout + said.stderr).split()[-1]
    if int(version.partition(".")[0]) < JAVA_RELEASE:
        return f"javac is {version}, and the examples need {JAVA_RELEASE} or later"
    return None


def jars() -> Path:
    """The folder with the jars that pom.xml names, and theirs."""
    return fetch_into_place(CACHE, "examples-java", _digest([_HASHES, _JAVA / "pom.xml"]), _fetch_jars)


def _fetch_jars(folder: Path) -> None:
    for jar in download(folder.parent):
        shutil.copyfile(jar, folder / jar.name)
    found = hashes(folder)
    expected = tomllib.loads(_HASHES.read_text())["sha256"]
    wrong = sorted(name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name))
    if wrong:
        raise RuntimeError(f"what Maven Central sent differs from {_HASHES}: {', '.join(wrong)}")


def hashes(folder: Path) -> dict[str, str]:
    """The SHA-256 of each jar in a folder, by its name."""
    return {jar.name: hashlib.sha256(jar.read_bytes()).hexdigest() for jar in sorted(folder.glob("*.jar"))}


def download(folder: Path) -> list[Path]:
    """The jars that pom.xml names, and theirs, below this folder."""
    from jgo.config import GlobalSettings
    from jgo.maven import MavenContext
    from jgo.parse import Coordinate

    context = MavenContext(
        repo_cache=folder / "maven", remote_repos=GlobalSettings.load().repositories or None, timeout=60
    )
    wanted = []
    for one in ElementTree.parse(_JAVA / "pom.xml").iterfind("m:dependencies/m:dependency", _MAVEN):
        group, artifact, version = (
            one.findtext(f"m:{tag}", namespaces=_MAVEN) for tag in ("groupId", "artifactId", "version")
        )
        coordinate = Coordinate(groupId=group, artifactId=artifact, version=version, scope="compile")
        wanted.append(context.create_dependency(coordinate))
    named, others = context.resolver.resolve(wanted)
    return [Path(one.artifact.resolve()) for one in (*named, *others)]


@cache
def _beside_packages(folder: Path) -> Path:
    """A copy of the modules of a folder, beside the packages that they import."""
    sources = sorted(folder.glob("*.mjs"))
    packages = resolve_packages(CACHE, "examples-node", _NODE)

    def put_together(into: Path) -> None:
        for one in sources:
            shutil.copyfile(one, into / one.name)
        (into / "node_modules").symlink_to(packages / "node_modules")

    return fetch_into_place(CACHE, "examples-node-modules", _digest(sources), put_together)


@cache
def _compiled(folder: Path) -> Path:
    """The classes of a folder of sources, in a folder below the cache that is named by what they say."""
    sources = sorted(folder.glob("*.java"))

    def compile_them(into: Path) -> None:
        strictly = ("--release", str(JAVA_RELEASE), "-Xlint:all,-serial", "-Werror")
        done = subprocess.run(
            [_tool("javac"), *strictly, "-cp", f"{jars()}/*", "-d", str(into), *map(str, sources)],
            capture_output=True, text=True, timeout=_LIMIT_SECONDS, check=False,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"{folder} does not compile: {done.stdout}{done.stderr}")

    return fetch_into_place(CACHE, "examples-java-classes", _digest(sources), compile_them)


def _digest(files: Iterable[Path]) -> str:
    return hashlib.sha256(b"".join(one.read_bytes() for one in files)).hexdigest()[:12]


def _tool(name: str) -> str:
    home = os.environ.get("JAVA_HOME")
    return str(Path(home, "bin", name)) if home else shutil.which(name) or name


if __name__ == "__main__":
    try:
        print(resolve_packages(CACHE, "examples-node", _NODE))
        print(missing_jdk() or jars())
    except (CasecoreError, OSError, RuntimeError, subprocess.SubprocessError) as fault:
        sys.exit(f"the packages of the examples cannot be fetched: {fault}")
