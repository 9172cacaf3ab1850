"""The wheel needs no checkout: it holds the program and the files of the demo, and nothing else."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import casecore
from casecore.cli.commands.demo import files
from tests.waiting import LIMIT_SECONDS

ROOT = Path(__file__).parent.parent
SOURCE = Path(casecore.__file__).parent.parent
BUILD = "import sys; from importlib import import_module; import_module(sys.argv[1]).build_wheel(sys.argv[2])"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[zipfile.ZipFile]:
    """The wheel of this checkout, built from a copy, since a build writes beside what it reads."""
    copy, built = tmp_path_factory.mktemp("checkout"), tmp_path_factory.mktemp("wheel")
    for name in checked_out():
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, copy / name, follow_symlinks=False)
    backend = tomllib.loads((copy / "pyproject.toml").read_text(encoding="utf-8"))["build-system"][
        "build-backend"
    ]
    done = subprocess.run(
        [sys.executable, "-c", BUILD, backend, str(built)],
        cwd=copy,
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (file,) = built.glob("*.whl")
    with zipfile.ZipFile(file) as opened:
        yield opened


def checked_out() -> list[Path]:
    """The files of the checkout, without those that git ignores."""
    command = ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    names = [Path(name) for name in listed.split("\0") if name]
    return [name for name in names if (ROOT / name).is_symlink() or (ROOT / name).exists()]


def test_the_wheel_holds_every_file_that_the_demo_reads(wheel: zipfile.ZipFile) -> None:
    given = [value for name, value in vars(files).items() if name.isupper() and name[0] != "_"]
    paths = [path for value in given for path in (value if isinstance(value, tuple) else (value,))]
    assert len(paths) >= 9
    for path in paths:
        name = path.relative_to(SOURCE).as_posix()
        assert name in wheel.namelist()
        assert wheel.read(name) == path.read_bytes(), name


def test_the_wheel_holds_every_module_and_what_it_reads(wheel: zipfile.ZipFile) -> None:
    sources = [name for name in checked_out() if name.parts[0] == "src" and not (ROOT / name).is_symlink()]
    assert len(sources) > 300
    assert {name.relative_to("src").as_posix() for name in sources} - set(wheel.namelist()) == set()


def test_the_wheel_holds_nothing_else(wheel: zipfile.ZipFile) -> None:
    folders = {name.split("/")[0] for name in wheel.namelist()}
    assert {name for name in folders if not name.endswith(".dist-info")} == {"casecore", "projections"}
