"""The provider of identities for tests, from npm: `python -m tests.identity.provider.fetch CACHE`.

It is fetched once into the cache folder, in a second or two.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from casecore.errors.kinds import CasecoreError
from tests.npm import resolve_packages


def resolve_provider(cache: Path) -> Path:
    """The folder below `cache` that holds node_modules; fetches them only where they are missing."""
    return resolve_packages(cache, "oidc-provider", Path(__file__).parent)


if __name__ == "__main__":
    try:
        print(resolve_provider(Path(sys.argv[1])))
    except (CasecoreError, OSError, RuntimeError, subprocess.SubprocessError) as fault:
        sys.exit(f"the provider of identities cannot be fetched: {fault}")
