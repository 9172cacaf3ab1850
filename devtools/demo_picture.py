"""Writes docs/demo.svg: the output of `casecore demo`, as a terminal shows it.

Run `make picture` when the demo's output has changed. No check says that it is out of date, as it has times.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

# Rich's own template loads a font from the network; a picture should not.
TEMPLATE = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: monospace; font-size: {char_height}px; line-height: {line_height}px; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def main() -> None:
    """Run the demo, and write its output."""
    command = [sys.executable, "-m", "casecore.cli", "demo"]
    printed = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    console = Console(record=True, width=80, file=sys.stdout)
    console.print(Text("$ make demo\n" + printed))
    picture = console.export_svg(title="make demo", code_format=TEMPLATE, unique_id="demo")
    Path("docs/demo.svg").write_text(picture, encoding="utf-8")


if __name__ == "__main__":
    main()
