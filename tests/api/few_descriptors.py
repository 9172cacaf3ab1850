"""A server in a process that may open so many files: prints its port, and ends with its standard input."""

from __future__ import annotations

import resource
import sys

from tests.api.raw import serving


def main(most_files: int) -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (most_files, most_files))
    with serving() as server:
        print(server.port, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main(int(sys.argv[1]))
