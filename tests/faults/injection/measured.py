"""The program, and then what it took: `python -m tests.faults.injection.measured FILE case show C-1`.

Into FILE it writes, as JSON, the largest memory that the process had, in MB, and how long it ran.
"""

from __future__ import annotations

import atexit
import json
import resource
import sys
import time
from pathlib import Path


def main() -> None:
    """Run the command, and measure it."""
    from casecore.cli.main import main as casecore

    file, *arguments = sys.argv[1:]
    began_at = time.monotonic()

    def note() -> None:
        used = resource.getrusage(resource.RUSAGE_SELF)
        took = {
            "memory_mb": round(used.ru_maxrss / 1024),
            "seconds": round(time.monotonic() - began_at, 2),
            "cpu_seconds": round(used.ru_utime + used.ru_stime, 2),
        }
        Path(file).write_text(json.dumps(took))

    atexit.register(note)
    sys.argv = ["casecore", *arguments]
    casecore()


if __name__ == "__main__":
    main()
