"""The program, whose rebuilds take several processes however few the events are.

`python -m tests.faults.injection.divided rebuild sla --processes 2`
"""

from __future__ import annotations

import sys

from projections.kit.rebuild import workers


def main() -> None:
    """Run a command."""
    from casecore.cli.main import main as casecore

    workers.WORTH_OFFSETS = 1
    sys.argv = ["casecore", *sys.argv[1:]]
    casecore()


if __name__ == "__main__":  # each process of a rebuild imports this module too
    main()
