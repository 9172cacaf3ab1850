"""Compiles the schemas with validators of other languages, where these are installed; `make portable`.

JavaScript (ajv in strict mode) needs node and npm, Go needs go. The packages that these need are fetched into
a folder that is deleted again. Ends with 1 if a schema does not compile, or does not take its golden example.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

_LANGUAGES = Path(__file__).parent / "languages"


class Language(NamedTuple):
    """A folder with a program in a language, the tools that it takes, and what to run in a copy of it."""

    folder: str
    tools: tuple[str, ...]
    commands: tuple[tuple[str, ...], ...]


LANGUAGES = (
    Language(
        "javascript",
        ("node", "npm"),
        (("npm", "install", "--silent", "--no-package-lock"), ("node", "compile.mjs")),
    ),
    Language("go", ("go",), (("go", "run", "."),)),
)
"""The last command of each gets the folder of the schemas."""


def compiles(language: Language, schemas: Path) -> bool:
    """Whether every schema compiles there, and takes its example; prints what its program says."""
    with TemporaryDirectory() as folder:
        copy = Path(shutil.copytree(_LANGUAGES / language.folder, Path(folder) / language.folder))
        *before, last = language.commands
        commands: Sequence[Sequence[str]] = [*before, [*last, str(schemas)]]
        return all(subprocess.run(command, cwd=copy, check=False).returncode == 0 for command in commands)


def main() -> int:
    """Compile with each language that is installed; returns the exit code."""
    schemas = Path(__file__).parents[1] / "schemas"
    failed = False
    for language in LANGUAGES:
        lacking = [tool for tool in language.tools if shutil.which(tool) is None]
        if lacking:
            print(f"{language.folder}: not tried, {' and '.join(lacking)} not installed")
        else:
            failed = not compiles(language, schemas) or failed
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
