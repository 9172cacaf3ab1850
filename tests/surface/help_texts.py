"""What `--help` says of the program, of each group and of each command."""

from __future__ import annotations

from tests.surface.command_line import CommandLine, commands_below


def capture_help() -> dict[str, list[str]]:
    """The lines of each help text, by the command as it is typed."""
    here = CommandLine()
    found = {}
    for words in commands_below():
        done = here.run(*words, "--help")
        assert done.code == 0, f"{words}: {done.complained}"
        found[" ".join(("casecore", *words))] = done.printed.splitlines()
    return found


def commands_with_json() -> set[str]:
    """The commands that print data for a program, without `casecore`."""
    texts = capture_help()
    return {
        name.removeprefix("casecore ")
        for name, lines in texts.items()
        if any(line.split()[:1] == ["--json"] for line in lines)
    }
