"""What the documentation says of the code is so: citations, links, rooms, layers and names lead somewhere."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from projections.catalogue import VIEWS
from projections.kit.projection import AnyProjection

ROOT = Path(__file__).parents[1]
DOMAIN, LAWS, ARCHITECTURE = (ROOT / "docs" / f"{name}.md" for name in ("domain", "laws", "architecture"))


def tracked(*patterns: str) -> list[Path]:
    """The files of the repository that match, those that are new and not ignored included."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [path for name in sorted(set(listed.stdout.splitlines())) if (path := ROOT / name).is_file()]


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def named(path: Path) -> str:
    """The file, as a test's id."""
    return str(path.relative_to(ROOT))


PAGES = tracked("*.md")
CITING = tracked(
    "src/*.py", "tests/*.py", "devtools/*.py", "bench/*.py", "docs/*.md", "README.md", "CONTRIBUTING.md"
)


# Citations of the business and of the laws.


def section(page: Path, heading: str) -> str:
    """The text below a heading of the second level."""
    return text_of(page).split(f"\n## {heading}\n")[1].split("\n## ")[0]


def rules() -> set[int]:
    return {int(number) for number in re.findall(r"^(\d+)\. ", section(DOMAIN, "Rules"), re.MULTILINE)}


def laws() -> set[int]:
    return {int(number) for number in re.findall(r"^## Law (\d+)$", text_of(LAWS), re.MULTILINE)}


def cited(word: str, text: str) -> Iterator[int]:
    """The numbers after a word or its plural, such as 1 and 3 of `rules 1 and 3`; not those of statutes."""
    numbers = rf"(?<![\w-]){word}s? (\d+(?:(?:, | and | to )\d+)*)(?! of \d)\b"
    for found in re.findall(numbers, text, re.IGNORECASE):
        yield from (int(number) for number in re.findall(r"\d+", found))


def test_the_rules_and_laws_are_numbered_without_a_gap() -> None:
    assert rules() == set(range(1, len(rules()) + 1))
    assert laws() == set(range(1, len(laws()) + 1))
    assert (len(rules()), len(laws())) == (6, 7)


def test_there_are_citations() -> None:
    found = [number for path in CITING for word in ("rule", "law") for number in cited(word, text_of(path))]
    assert len(found) > 24


def test_every_citation_leads_to_a_rule_a_law_or_a_heading() -> None:
    headings = set(re.findall(r"^## (.+)$", text_of(DOMAIN), re.MULTILINE))
    for path in CITING:
        text = text_of(path)
        assert set(cited("rule", text)) <= rules(), named(path)
        assert set(cited("law", text)) <= laws(), named(path)
        assert set(re.findall(r'domain\.md, "([^"]+)"', text)) <= headings, named(path)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("by rule 6", [6]),
        ("(rules 1 and 3)", [1, 3]),
        ("Laws 1, 5 and 7: each", [1, 5, 7]),
        ("law 260 of 1949, decree-law 5 of 2011", []),
        ("the rule is 5", []),
    ],
)
def test_a_citation_is_found(text: str, numbers: list[int]) -> None:
    assert list(cited("rule", text)) + list(cited("law", text)) == numbers


def test_each_law_names_tests_that_show_it() -> None:
    for number in laws():
        assert "](../tests/" in section(LAWS, f"Law {number}"), f"law {number} names no test"


# Links.


def links(text: str) -> Iterator[str]:
    """The targets of links and pictures outside of code."""
    for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)):
        if "://" not in target:
            yield target


def anchors(page: Path) -> set[str]:
    """What a link may name on a page: its headings, as GitHub names them."""
    text = re.sub(r"```.*?```", "", text_of(page), flags=re.DOTALL)
    found: set[str] = set()
    for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE):
        plain = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        times = sum(1 for one in found if re.fullmatch(rf"{re.escape(plain)}(-\d+)?", one))
        found.add(f"{plain}-{times}" if times else plain)
    return found


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_to_files_and_headings(page: Path) -> None:
    for target in links(text_of(page)):
        name, _, anchor = target.partition("#")
        file = page.parent / name if name else page
        assert file.exists(), f"{named(page)} links to {target}"
        if anchor:
            assert file.suffix == ".md"
            assert anchor in anchors(file), f"{named(page)} links to {target}"


def test_every_page_of_the_documentation_is_reached_from_the_readme() -> None:
    waiting, reached = [ROOT / "README.md"], set()
    while waiting:
        page = waiting.pop()
        if page in reached:
            continue
        reached.add(page)
        targets = {(page.parent / name.partition("#")[0]).resolve() for name in links(text_of(page))}
        folders = {target / "README.md" for target in targets if target.is_dir()}
        waiting += [target for target in targets | folders if target.suffix == ".md" and target.is_file()]
    assert {named(page) for page in PAGES if ROOT / "docs" in page.parents} <= {
        named(page) for page in reached
    }


# The architecture.


def rooms_listed() -> dict[str, str]:
    """Each room of the tables, by its folder, with its sentence."""
    rows = re.findall(
        r"^\| \[(\w+)\]\(\.\./(\S+)\) \| (.+) \|$", section(ARCHITECTURE, "The rooms"), re.MULTILINE
    )
    assert all(folder.rpartition("/")[2] == name for name, folder, _ in rows)
    return {folder: sentence for _, folder, sentence in rows}


def test_each_room_is_listed_with_a_sentence() -> None:
    folders = {
        str(path.relative_to(ROOT))
        for package in ("casecore", "projections")
        for path in (ROOT / "src" / package).iterdir()
        if path.is_dir() and path.name != "__pycache__"
    }
    assert rooms_listed().keys() == folders
    assert all(rooms_listed().values())


def test_the_layers_are_those_that_import_linter_checks() -> None:
    contracts = tomllib.loads(text_of(ROOT / "pyproject.toml"))["tool"]["importlinter"]["contracts"]
    [layers] = [one["layers"] for one in contracts if one.get("containers") == ["casecore"]]
    assert section(ARCHITECTURE, "The direction of imports").split("```")[1].split("\n")[1:-1] == layers


def names_of_code() -> list[tuple[Path, str]]:
    """Every name of the form module:attribute on the pages that people read."""
    pattern = re.compile(r"`((?:casecore|projections|devtools|tests)(?:\.\w+)+:\w+(?:\.\w+)*)`")
    return [(page, name) for page in PAGES for name in pattern.findall(text_of(page))]


@pytest.mark.parametrize(
    ("page", "name"), names_of_code(), ids=lambda one: one if isinstance(one, str) else named(one)
)
def test_a_name_of_the_code_can_be_imported(page: Path, name: str) -> None:
    module, _, path = name.partition(":")
    found: object = import_module(module)
    for attribute in path.split("."):
        found = getattr(found, attribute)


def test_the_way_of_a_command_is_told_hop_by_hop() -> None:
    hops = section(ARCHITECTURE, "One command, from key press to row").split("\n\n**")[1:]
    assert [hop.partition(".")[0] for hop in hops] == [str(place) for place in range(1, len(hops) + 1)]
    names = {name for _, name in names_of_code()}
    for hop in hops:
        assert any(f"`{name}`" in hop for name in names), hop


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_every_table_of_a_view_is_documented(view: AnyProjection) -> None:
    texts = text_of(ROOT / "docs" / "views.md") + text_of(ROOT / "docs" / "billing.md")
    for table in view.all_tables:
        assert f"`{view.name}.{table.name}`" in texts or f"`{table.name}`" in texts, table.name


def targets() -> set[str]:
    """What `make` makes for people."""
    return set(re.findall(r"^([a-z][a-z-]*):", text_of(ROOT / "Makefile"), re.MULTILINE))


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_what_a_page_says_to_make_is_a_target(page: Path) -> None:
    text = text_of(page)
    said = re.findall(r"`make ([a-z][a-z-]*)", text)
    said += [
        name
        for block in re.findall(r"```\n(.*?)```", text, re.DOTALL)
        for name in re.findall(r"^make ([a-z-]+)", block, re.MULTILINE)
    ]
    assert set(said) <= targets(), named(page)


# Tests that pages name.


def named_tests() -> list[tuple[Path, str, str]]:
    """Page, test and file of each test that a page links to."""
    pattern = re.compile(r"\[(test_\w+)\]\((\S+?\.py)\)")
    return [(page, *found) for page in PAGES for found in pattern.findall(text_of(page))]


@pytest.mark.parametrize(
    ("page", "test", "file"), named_tests(), ids=lambda one: one if isinstance(one, str) else named(one)
)
def test_a_test_that_a_page_names_exists(page: Path, test: str, file: str) -> None:
    module = ast.parse(text_of(page.parent / file))
    assert test in {node.name for node in ast.walk(module) if isinstance(node, ast.FunctionDef)}
