"""What a command left out, since a newer program wrote to it: the same words for all of them."""

from __future__ import annotations

from collections.abc import Collection

from rich.console import Console

from casecore.cli.output import screen

MOST_NAMED = 10


def print_left_out(names: Collection[str], console: Console = screen) -> None:
    """Name what was left out, for a person; nothing if that is nothing."""
    if not names:
        return
    named = ", ".join(sorted(names)[:MOST_NAMED])
    more = f" and {len(names) - MOST_NAMED:,} more" if len(names) > MOST_NAMED else ""
    console.print(
        f"left out, since only a newer program can read them: {named}{more}; update this program",
        markup=False,
    )
