"""Runs the cells of docs/analysis.ipynb and keeps what they show: `python -m devtools.notebook FOLDER`.

FOLDER is an export of the help desk's log, in which the notebook looks. The cells run in this process, one
after another, as a notebook's kernel would run them, so that nobody needs Jupyter to write or test them.
"""

from __future__ import annotations

import ast
import io
import json
import os
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

NOTEBOOK = Path("docs/analysis.ipynb")
HISTORIES = "HISTORIES"
"""The environment variable by which the notebook finds the export."""
_FORMS = (("image/svg+xml", "_repr_svg_"), ("text/html", "_repr_html_"))


def main() -> None:
    if len(sys.argv) != 2:
        raise SystemExit("name the folder of an export of the help desk's log")
    found = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    shown = run_notebook(found, Path(sys.argv[1]))
    for cell, outputs in zip(_code_cells(found), shown, strict=True):
        cell["outputs"] = outputs
    NOTEBOOK.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def run_notebook(notebook: dict[str, Any], histories: Path) -> list[list[dict[str, Any]]]:
    """What each of its code cells shows, as a notebook keeps it; raises what a cell raises."""
    before = os.environ.get(HISTORIES)
    os.environ[HISTORIES] = str(histories)
    names: dict[str, Any] = {"__name__": "__main__"}
    try:
        return [
            list(_outputs("".join(cell["source"]), names, number))
            for number, cell in enumerate(_code_cells(notebook), start=1)
        ]
    finally:
        if before is None:
            del os.environ[HISTORIES]
        else:
            os.environ[HISTORIES] = before


def _code_cells(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def _outputs(source: str, names: dict[str, Any], number: int) -> Iterator[dict[str, Any]]:
    """What is printed, and then the value of the last line, if it is an expression."""
    module = ast.parse(source)
    match module.body:
        case [*body, ast.Expr(value=asked)]:
            module.body = body
        case _:
            asked = ast.Constant(None)
    printed = io.StringIO()
    with redirect_stdout(printed):
        exec(compile(module, f"cell {number}", "exec"), names)  # noqa: S102  # a file of this repository
        value = eval(compile(ast.Expression(asked), f"cell {number}", "eval"), names)  # noqa: S307
    if printed.getvalue():
        yield {"name": "stdout", "output_type": "stream", "text": _lines(printed.getvalue())}
    if value is not None:
        yield {
            "data": _data(value),
            "execution_count": None,
            "metadata": {},
            "output_type": "execute_result",
        }


def _data(value: Any) -> dict[str, list[str]]:
    shown = {form: getattr(value, method)() for form, method in _FORMS if hasattr(value, method)}
    return {**{form: _lines(text) for form, text in shown.items()}, "text/plain": _lines(_plain(value))}


def _plain(value: Any) -> str:
    """A value as text; of a picture only what it is, since its text is the drawing."""
    return f"<{type(value).__name__}>" if hasattr(value, "_repr_svg_") else repr(value)


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


if __name__ == "__main__":
    main()
