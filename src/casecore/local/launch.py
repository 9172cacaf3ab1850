"""The first step of a supervised program: write down the process's id, then become the program.

`up` and `down` find by this note the programs of a supervisor that was killed. Command and environment
come from a file, so that neither needs the supervisor's quoting, and no password shows in a list of
processes.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import psutil


def main(plan: Path) -> None:
    """Become the program described in the JSON file `plan`; does not return unless it cannot be run."""
    program = json.loads(plan.read_text())
    note = plan.with_suffix(".process")
    partial = plan.with_suffix(".partial")
    # The process number and the time of its start stay the same when it becomes the program.
    partial.write_text(json.dumps({"pid": os.getpid(), "created": psutil.Process().create_time()}))
    partial.rename(note)
    argv = program["argv"]
    try:
        os.execvpe(argv[0], argv, {**os.environ, **program["environment"]})  # noqa: S606
    except OSError as error:
        sys.exit(f"{argv[0]} cannot be run: {error}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
