"""pm4py and r4pm in an environment of their own below .casecore/cache, made once for each lock file.

pm4py is under the AGPL: it is run as a program, `read_with_tools.py`, and nothing of this project imports it.
"""

from __future__ import annotations

import fcntl
import json
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
LOCK = ROOT / "requirements-mining.lock"
CACHE = ROOT / ".casecore" / "cache"
LIMIT_SECONDS = 600


def python_with_tools() -> Path:
    """The interpreter of the environment, which is made if it is not there; others wait meanwhile."""
    CACHE.mkdir(parents=True, exist_ok=True)
    home = CACHE / f"mining-{sha256(LOCK.read_bytes()).hexdigest()[:12]}"
    done, python = home / "installed", home / "bin" / "python"
    with (CACHE / "mining.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            shutil.rmtree(home, ignore_errors=True)
            _run(sys.executable, "-m", "venv", str(home))
            _run(
                *(str(python), "-m", "pip", "--disable-pip-version-check", "--quiet", "install"),
                *("--root-user-action=ignore", "--no-deps", "--require-hashes", "--requirement", str(LOCK)),
            )
            done.touch()
    return python


def read_with_tools(folder: Path) -> dict[str, Any]:
    """What both tools read in the files of a folder: log.xes, log.sqlite and log.json."""
    program = Path(__file__).with_name("read_with_tools.py")
    said = _run(str(python_with_tools()), "-I", "-W", "ignore", str(program), str(folder))
    found: dict[str, Any] = json.loads(said.splitlines()[-1])
    return found


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False)
    assert done.returncode == 0, f"{' '.join(command)} ended with {done.returncode}: {done.stderr[-2_000:]}"
    return done.stdout


if __name__ == "__main__":
    print(python_with_tools())
