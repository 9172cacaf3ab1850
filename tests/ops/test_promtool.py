"""Prometheus' own tool finds nothing wrong with ops/prometheus, and sees each alert fire and not fire."""

from __future__ import annotations

import subprocess

import pytest

from tests.ops.promtool import CHECKS, can_be_found, find_promtool
from tests.ops.rules import FOLDER


@pytest.mark.skipif(
    not can_be_found(), reason="there is no promtool on this machine, and no apt to fetch Debian's with"
)
@pytest.mark.parametrize("check", CHECKS, ids=" ".join)
def test_promtool_finds_nothing(check: tuple[str, ...]) -> None:
    done = subprocess.run((find_promtool(), *check), cwd=FOLDER, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
