"""Writes the surface of this checkout: `python -m tests.surface.capture [--only PART] FOLDER`."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path

from tests.servers import Servers, new_home
from tests.surface.command_line import ROOT
from tests.surface.installation import Installation, installed
from tests.surface.parts import PARTS
from tests.surface.story import tell
from tests.surface.written import write_part


def main() -> None:
    """Capture all parts, or those that are named, each into a file of its own."""
    parser = argparse.ArgumentParser(prog="python -m tests.surface.capture", description=__doc__)
    parser.add_argument("--only", action="append", choices=[*PARTS], metavar="PART", help=", ".join(PARTS))
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    given = parser.parse_args()
    # As in a run of the tests: no proxy is asked for what runs on this machine.
    os.environ["no_proxy"] = "127.0.0.1,localhost"
    with ExitStack() as stack:
        installation = cache(lambda: stack.enter_context(own_installation()))
        for part in given.only or PARTS:
            write_part(given.folder, part, PARTS[part](installation))
            print(f"{given.folder / part}.json")


@contextmanager
def own_installation() -> Iterator[Installation]:
    """An installation on servers of its own, on which the story was played."""
    servers = Servers(new_home(), ROOT / ".casecore" / "cache")
    try:
        with installed(servers.postgres(), servers.kafka()) as installation:
            tell(installation)
            yield installation
    finally:
        servers.remove()


if __name__ == "__main__":
    main()
