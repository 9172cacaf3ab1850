"""The hooks of pre-commit are local, and run what the build server runs, with this checkout's own tools."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
CONFIGURATION = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
HOOKS: list[dict[str, Any]] = [hook for repository in CONFIGURATION["repos"] for hook in repository["hooks"]]
LOCAL_TESTS = "check"
"""The step that the build server does not need: it runs all tests."""


def steps() -> list[str]:
    """The targets that .ci/run makes, in order."""
    found = re.search(
        r"^for step in (.+); do$", (ROOT / ".ci" / "run").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert found is not None
    return found[1].split()


def recipe(target: str) -> str:
    """The commands that make would run for a target."""
    done = subprocess.run(
        ["make", "--dry-run", "--no-print-directory", target],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_there_is_a_hook_for_each_step_that_needs_no_server() -> None:
    made = {hook["entry"].split()[-1] for hook in HOOKS if hook["entry"].startswith("make ")}
    assert made == {*steps(), LOCAL_TESTS} - {"test", "examples", "check-generated"}
    assert [hook["id"] for hook in HOOKS if "pre-push" in hook.get("stages", ())] == [LOCAL_TESTS]


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_a_hook_downloads_nothing_and_runs_what_the_build_server_runs(hook: dict[str, Any]) -> None:
    assert hook["language"] == "system"
    assert hook["pass_filenames"] is False
    command = hook["entry"].split()
    if command[0] == "make":
        assert command[-1] in (*steps(), LOCAL_TESTS)
    else:  # it only says what is out of date, where the step writes it
        assert command[-1] == "--check"
        assert " ".join(command[:-1]) in recipe("check-generated")


def test_all_hooks_are_local() -> None:
    assert [repository["repo"] for repository in CONFIGURATION["repos"]] == ["local"]
