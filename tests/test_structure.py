"""What keeps the code readable: one home for each name, and modules, functions and folders of a size."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from projections.catalogue import VIEWS

LONGEST_MODULE, LONGEST_FUNCTION, LARGEST_FOLDER = 300, 50, 20


def modules(*roots: str) -> list[Path]:
    """Every module below these folders."""
    return [path for root in roots for path in sorted(Path(root).rglob("*.py"))]


MODULES = modules("src", "devtools")
BENCH = modules("bench")
ALL = [*MODULES, *BENCH, *modules("tests")]


class Found(NamedTuple):
    """What these tests ask of a module: its public types, its imports, and the lines of its functions."""

    public_types: tuple[str, ...]
    imported: frozenset[str]
    functions: tuple[tuple[str, int], ...]


@cache
def found_in(path: Path) -> Found:
    """Of a module, read when a test asks for it: all processes of a run collect the tests, one runs them.

    Its tree is not kept: nine hundred of them are some millions of objects, through which Python would look
    for garbage again and again.
    """
    module = ast.parse(path.read_text(encoding="utf-8"))
    return Found(tuple(public_types(module)), frozenset(imported(path, module)), tuple(functions(module)))


VIEW_ROWS = {(table.row.__module__, table.row.__name__) for view in VIEWS.values() for table in view.tables}
"""Views name their rows as they like: nobody imports the rows of two."""


def test_no_public_class_or_type_has_two_homes() -> None:
    homes = defaultdict(list)
    for path in MODULES:
        for name in found_in(path).public_types:
            if (name_of(path), name) not in VIEW_ROWS:
                homes[name].append(str(path))
    assert {name: paths for name, paths in homes.items() if len(paths) > 1} == {}


def public_types(module: ast.Module) -> Iterator[str]:
    """The classes and type aliases that others may import."""
    for node in module.body:
        match node:
            case ast.ClassDef(name=name) if name[0] != "_":
                yield name
            case ast.AnnAssign(target=ast.Name(id=name), annotation=ast.Name(id="TypeAlias")) if (
                name[0] != "_"
            ):
                yield name


@pytest.mark.parametrize("path", [*MODULES, *BENCH], ids=str)
def test_a_module_fits_on_a_few_screens(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_MODULE


@pytest.mark.parametrize("path", ALL, ids=str)
def test_a_function_fits_on_one_screen(path: Path) -> None:
    assert [name for name, lines in found_in(path).functions if lines > LONGEST_FUNCTION] == []


def functions(module: ast.Module) -> Iterator[tuple[str, int]]:
    """Each function with its lines, from `def` to the end."""
    waiting: list[ast.AST] = [module]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1
        waiting += statements_in(node)


def statements_in(node: ast.AST) -> list[ast.AST]:
    """What a statement holds, less expressions: in them there are no functions with names, and no imports."""
    return [part for name in _HOLDERS for part in getattr(node, name, ())]


_HOLDERS = ("body", "handlers", "orelse", "finalbody", "cases")


def test_a_folder_can_be_seen_at_once() -> None:
    sizes = defaultdict(int)
    for path in [*MODULES, *BENCH]:
        sizes[str(path.parent)] += path.name != "__init__.py"
    assert {folder: size for folder, size in sizes.items() if size > LARGEST_FOLDER} == {}


def test_no_modules_import_each_other_in_a_circle() -> None:
    imports = {name_of(path): found_in(path).imported for path in MODULES}
    known = {name: sorted((found & imports.keys()) - {name}) for name, found in imports.items()}
    assert circle_in(known) == []


def name_of(path: Path) -> str:
    """The module's name, such as casecore.app.views."""
    parts = path.with_suffix("").parts[path.parts[0] == "src" :]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(path: Path, module: ast.Module) -> Iterator[str]:
    """What a module imports when it is loaded; for types only, and within functions, does not count."""
    package = name_of(path).split(".") if path.name == "__init__.py" else name_of(path).split(".")[:-1]
    for node in loaded(module.body):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            source = ".".join([*above, *([node.module] if node.module else [])])
            yield source
            yield from (f"{source}.{alias.name}" for alias in node.names)


def loaded(statements: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """The statements that run when a module is loaded, also within `try`, `if`, `with` and classes."""
    for node in statements:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                continue
            case ast.If(test=ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING")):
                yield from loaded(node.orelse)
            case _:
                yield node
                yield from loaded(statements_in(node))


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


def test_imports_are_found_wherever_they_run_when_the_module_is_loaded() -> None:
    text = """
from __future__ import annotations
from typing import TYPE_CHECKING
try:
    import a
except ImportError:
    from b import c
if TYPE_CHECKING:
    import types_only
else:
    import d
from . import e
from ..f import g
def function():
    import later
"""
    found = set(imported(Path("src/one/two/three.py"), ast.parse(text)))
    assert found >= {"a", "b", "b.c", "d", "one.two", "one.two.e", "one.f", "one.f.g"}
    assert not found & {"types_only", "later"}
    assert set(imported(Path("src/one/two/__init__.py"), ast.parse("from .three import x"))) == {
        "one.two.three",
        "one.two.three.x",
    }


def test_a_circle_would_be_found() -> None:
    assert circle_in({"a": ["b"], "b": ["c"], "c": ["b"]}) == ["b", "c", "b"]
