"""The terminal: what is printed for people goes through here, and control characters do not."""

from __future__ import annotations

import errno
import os
import re
import select
import sys
from collections.abc import Iterable
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from casecore.errors.files import naming

STANDARD_OUTPUT = "the standard output"
STANDARD_INPUT = "the standard input"

# Unicode's Cc but tab and line feed; what turns the direction of writing; line and paragraph separators; and
# surrogates, which stand for bytes that are not UTF-8.
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_BYTES = range(0xDC80, 0xDD00)
"""What Python reads bytes as that are not UTF-8: surrogates, from 0xDC00 on."""

_UNSAFE_IN_JSON = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""Those that JSON may hold as they are; the others it always escapes, or cannot hold."""


def visible(text: str) -> str:
    r"""The text; what steers a terminal, or cannot be sent to one, is shown as `\x1b` or `\u202e`."""
    return _UNSAFE.sub(_shown, text)


def visible_json(text: str) -> str:
    r"""The same JSON, with the characters that a terminal obeys as `\u009b`."""
    return _UNSAFE_IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _shown(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code in _BYTES:
        code -= 0xDC00
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


class Screen(Console):
    """A console that shows control characters and does not send them, whatever is printed."""

    def print(self, *objects: Any, **settings: Any) -> None:
        """Print texts and tables, as rich does; an OSError names the output."""
        with naming(STANDARD_OUTPUT):
            super().print(*(visible(one) if isinstance(one, str) else one for one in objects), **settings)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """The pieces of what is printed. A text is made visible before it is wrapped, and all once more."""
        shown = _visible_text(renderable) if isinstance(renderable, Text) else renderable
        for segment in super().render(shown, options):
            yield segment if segment.control else Segment(visible(segment.text), segment.style)

    def on_broken_pipe(self) -> None:
        """Leave the end to the command line, which knows the exit code."""
        raise  # rich calls this where it has caught the BrokenPipeError


screen = Screen(highlight=False, emoji=False)
complaints = Screen(stderr=True, highlight=False, emoji=False)


def write_json(text: str) -> None:
    """Write a line of JSON to standard output; an OSError names it."""
    with naming(STANDARD_OUTPUT):
        sys.stdout.write(visible_json(text) + "\n")


def flush_output() -> None:
    """Hand on what was written so far; an OSError names standard output, also where its reader has gone.

    That is noticed without writing to it: who waits for the next line may wait for long.
    """
    with naming(STANDARD_OUTPUT):
        sys.stdout.flush()
        if _has_no_reader():
            raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))


def _has_no_reader() -> bool:
    try:
        number = sys.stdout.fileno()
    except OSError:  # it is not a file, as in a test
        return False
    poll = select.poll()
    poll.register(number, 0)
    return any(events & select.POLLERR for _, events in poll.poll(0))


def _visible_text(text: Text) -> Text:
    """The text made visible, without its spans of other styles where that changes it."""
    if not _UNSAFE.search(text.plain):
        return text
    return Text(
        visible(text.plain),
        style=text.style,
        justify=text.justify,
        overflow=text.overflow,
        no_wrap=text.no_wrap,
        end=text.end,
    )
