"""What keeps the code readable: one home for each name, and modules, functions and folders of a size."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOTS = ("src", "devtools")
LONGEST_MODULE, LONGEST_FUNCTION, LARGEST_FOLDER = 300, 50, 20


def modules() -> dict[Path, ast.Module]:
    """Every module, parsed, by its path."""
    paths = [path for root in ROOTS for path in sorted(Path(root).rglob("*.py"))]
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in paths}


MODULES = modules()


def is_row_of_a_view(path: Path) -> bool:
    """Views name their rows as they like: nobody imports the rows of two."""
    return path.parts[1] == "projections" and path.parts[2] != "kit"


def test_no_public_class_has_two_homes() -> None:
    homes = defaultdict(list)
    for path, module in MODULES.items():
        for node in module.body:
            if isinstance(node, ast.ClassDef) and node.name[0] != "_" and not is_row_of_a_view(path):
                homes[node.name].append(str(path))
    assert {name: paths for name, paths in homes.items() if len(paths) > 1} == {}


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_a_module_fits_on_a_few_screens(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_MODULE


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_a_function_fits_on_one_screen(path: Path) -> None:
    assert [name for name, lines in functions(MODULES[path]) if lines > LONGEST_FUNCTION] == []


def functions(module: ast.Module) -> Iterator[tuple[str, int]]:
    """Each function with the lines of its body, without its docstring."""
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            yield node.name, (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def test_a_folder_can_be_seen_at_once() -> None:
    sizes = defaultdict(int)
    for path in MODULES:
        sizes[str(path.parent)] += path.name != "__init__.py"
    assert {folder: size for folder, size in sizes.items() if size > LARGEST_FOLDER} == {}


def test_no_modules_import_each_other_in_a_circle() -> None:
    imports = {name_of(path): set(imported(module)) for path, module in MODULES.items()}
    known = {name: sorted((found & imports.keys()) - {name}) for name, found in imports.items()}
    assert circle_in(known) == []


def name_of(path: Path) -> str:
    """The module's name, such as casecore.app.views."""
    parts = path.with_suffix("").parts[path.parts[0] == "src" :]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(module: ast.Module) -> Iterator[str]:
    """What a module imports when it is loaded; for types only, and within functions, does not count."""
    for node in module.body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def circle_in(imports: dict[str, list[str]]) -> list[str]:
    """The first circle, from a module back to itself; empty where there is none."""
    done: set[str] = set()

    def visit(name: str, path: list[str]) -> list[str]:
        if name in path:
            return [*path[path.index(name) :], name]
        if name not in done:
            for other in imports[name]:
                if found := visit(other, [*path, name]):
                    return found
            done.add(name)
        return []

    return next((found for name in sorted(imports) if (found := visit(name, []))), [])


def test_a_circle_would_be_found() -> None:
    assert circle_in({"a": ["b"], "b": ["c"], "c": ["b"]}) == ["b", "c", "b"]
