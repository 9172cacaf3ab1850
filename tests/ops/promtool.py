"""What promtool says of ops/prometheus: `python -m tests.ops.promtool`.

The system's promtool, else that of Debian's package `prometheus`, which is fetched from where the machine's
apt fetches, and unpacked below the cache of the checkout: nothing is installed, and nobody has to be root.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from casecore.errors.kinds import CasecoreError
from casecore.local.folders import fetch_into_place
from tests.ops.rules import FOLDER, ROOT

_CACHE = ROOT / ".casecore" / "cache"
_LIMIT_SECONDS = 300
CHECKS = (
    ("check", "config", "prometheus.yml"),
    ("check", "rules", "--lint=all", "--lint-fatal", "alerts.yml"),
    ("test", "rules", "alerts_test.yml"),
)


def can_be_found() -> bool:
    """Whether this machine has promtool, or an apt to fetch it with."""
    return bool(shutil.which("promtool") or shutil.which("apt-get"))


def find_promtool() -> Path:
    """The system's promtool, else the one in the cache of the checkout, fetched if it is missing.

    Raises RuntimeError where there is no apt to fetch it with, or it cannot fetch.
    """
    found = shutil.which("promtool")
    return Path(found) if found else _fetched()


def _fetched() -> Path:
    missing = [name for name in ("apt-get", "dpkg-deb") if shutil.which(name) is None]
    if missing:
        raise RuntimeError(
            f"there is no {missing[0]} on this machine: install Prometheus, which has promtool"
        )
    return fetch_into_place(_CACHE, "prometheus", "debian", _fetch) / "usr" / "bin" / "promtool"


def _fetch(folder: Path) -> None:
    packages = folder.parent / "packages"
    packages.mkdir()
    try:
        _run("apt-get", "download", "prometheus", folder=packages)
    except RuntimeError:  # the machine's lists of packages are empty, or too old
        own = folder.parent / "apt"
        (own / "lists" / "partial").mkdir(parents=True)
        options = ("-o", f"Dir::State::Lists={own / 'lists'}", "-o", f"Dir::Cache={own}")
        _run("apt-get", *options, "update", folder=packages)
        _run("apt-get", *options, "download", "prometheus", folder=packages)
    [package] = packages.glob("prometheus_*.deb")
    _run("dpkg-deb", "-x", str(package), str(folder), folder=packages)


def _run(*command: str, folder: Path) -> None:
    """Run a program in a folder until it ends; raises RuntimeError, with what it wrote, if it fails."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=_LIMIT_SECONDS)
    if done.returncode:
        said = (done.stderr or done.stdout).strip()[-2_000:]
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}: {said}")


def main() -> int:
    """Let promtool check all; returns the exit code."""
    try:
        promtool = find_promtool()
    except (CasecoreError, OSError, RuntimeError, subprocess.SubprocessError) as fault:
        print(f"promtool cannot be fetched: {fault}", file=sys.stderr)
        return 1
    return max(subprocess.run((promtool, *check), cwd=FOLDER, check=False).returncode for check in CHECKS)


if __name__ == "__main__":
    sys.exit(main())
