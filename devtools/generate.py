"""Writes what is generated from the code: schemas/, marked sections of docs/ and docker-compose.yml, and the
texts in the page's catalogues.

Run `make generate`, or `python -m devtools.generate` at the root of the checkout;
with `--check` it writes nothing, and ends with 1 and a list if a file is out of date.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import msgspec

from casecore.api.description.document import openapi
from casecore.api.description.parts import MEANINGS
from casecore.api.description.problems import all_problems
from casecore.app.settings import SETTINGS
from casecore.cases.lifecycle import diagram
from casecore.contract.json_schema import Json
from casecore.contract.streams import PARTITIONS, STREAM_KINDS, TOPIC_CONFIGURATION, topic_name
from casecore.contract.types import EVENT_TYPES, EventTypes, split_wire_name
from casecore.http.problems import STATUS_BY_KIND
from casecore.kafka.options import KNOWN
from devtools.api_compatibility import breaking_api_changes
from devtools.api_tables import scope_rows, visibility_rows
from devtools.asyncapi import asyncapi_document
from devtools.catalogues import catalogue_files
from devtools.compatibility import breaking_changes
from devtools.compose import process_services
from devtools.event_catalogue.prose import InvalidProse
from devtools.event_catalogue.sections import event_sections
from devtools.examples import examples
from devtools.golden import golden_bytes, golden_faults
from devtools.schemas import schema_of
from devtools.tables import table


class GenerationRefused(ValueError):
    """A released file on disk may not become what the code generates now; the message lists why."""


def generated_files(root: Path, types: EventTypes = EVENT_TYPES) -> dict[Path, bytes]:
    """Every generated file below `root` with the content that it should have; writes nothing.

    Raises GenerationRefused if a released schema or the API would change in a breaking way, if a golden
    example is no longer read as it was, or if a section of a page is missing.
    """
    schemas = {t.wire_name: schema_of(t) for t in types.all}
    faults = [*_schema_faults(root, types, schemas), *_golden_faults(root, types), *_api_faults(root)]
    if faults:
        raise GenerationRefused("\n".join(faults))
    files = {_schema_path(root, name): _pretty(schema) for name, schema in schemas.items()}
    golden = {name: _golden_path(root, name).read_bytes() for name in _released(root, "golden")}
    for fact in examples():
        golden.setdefault(types.name_of(fact.data), golden_bytes(types.encode(fact)))
    exemplified = {split_wire_name(name)[0] for name in golden}
    if lacking := [t.wire_name for t in types.all if t.name not in exemplified]:
        raise GenerationRefused(f"without an example in devtools/examples.py: {', '.join(lacking)}")
    files |= {_golden_path(root, name): body for name, body in golden.items()}
    files[root / "schemas" / "asyncapi.yaml"] = _yaml(asyncapi_document(types.all, _version(root), golden))
    files[root / "schemas" / "openapi.yaml"] = _openapi_file(_version(root))
    current = {t.wire_name: golden[t.wire_name] for t in types.all if t.wire_name in golden}
    for name, mark, sections in (
        ("docs/api.md", "<!-- {} -->", _api_sections),
        ("docs/domain.md", "<!-- {} -->", lambda: {"lifecycle": f"```mermaid\n{diagram()}\n```"}),
        ("docs/events.md", "<!-- {} -->", lambda: _event_sections(types, schemas, current)),
        ("docs/operating.md", "<!-- {} -->", _operating_sections),
        ("docker-compose.yml", "  # {}", lambda: {"processes": process_services()}),
    ):
        if (path := root / name).exists():
            files[path] = _with_sections(path, mark, sections()).encode()
    return files | catalogue_files(root)


def out_of_date(files: dict[Path, bytes]) -> list[Path]:
    """The files whose content on disk differs, or which are missing."""
    return [path for path, content in files.items() if not path.exists() or path.read_bytes() != content]


def main(arguments: list[str]) -> int:
    """Write what is out of date, or with `--check` only name it; returns the exit code."""
    root = Path.cwd()
    if not (root / "pyproject.toml").exists():
        print(f"{root} has no pyproject.toml: run this at the root of the checkout", file=sys.stderr)
        return 2
    try:
        files = generated_files(root)
    except GenerationRefused as refused:
        print(refused, file=sys.stderr)
        return 2
    stale = out_of_date(files)
    checking = arguments == ["--check"]
    for path in stale:
        print(f"{'out of date' if checking else 'wrote'}: {path.relative_to(root)}")
        if not checking:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(files[path])
    if checking and stale:
        print("run `python -m devtools.generate` and commit what it writes", file=sys.stderr)
        return 1
    return 0


def _schema_faults(root: Path, types: EventTypes, made: Mapping[str, Json]) -> Iterator[str]:
    known = {t.name: t for t in types.all}
    for wire_name in _released(root, "events"):
        name, number = split_wire_name(wire_name)
        if wire_name in made:
            released = msgspec.json.decode(_schema_path(root, wire_name).read_bytes())
            changes = breaking_changes(released, made[wire_name])
            yield from (f"{wire_name} {change}" for change in changes)
            if changes:
                yield (
                    f"{wire_name} is released: publish it as {name}.v{number + 1} with an upcast (if it "
                    f"is in no commit yet, delete schemas/events/{wire_name}.json and its golden example)"
                )
        elif name not in known or number not in known[name].upcasts:
            yield f"{wire_name} was released, and the program no longer reads it: keep it, or upcast it"


def _golden_faults(root: Path, types: EventTypes) -> Iterator[str]:
    for name in _released(root, "golden"):
        yield from golden_faults(types, name, _golden_path(root, name).read_bytes())


def _api_faults(root: Path) -> Iterator[str]:
    path = root / "schemas" / "openapi.yaml"
    changes = _api_changes(path.read_bytes(), _version(root)) if path.exists() else []
    yield from (f"openapi.yaml {change}" for change in changes)
    if changes:
        yield (
            "The API is released: keep what was there, and add what is new beside it (if it is in no release "
            "yet, delete schemas/openapi.yaml, and generate again)"
        )


@cache
def _api_changes(released: bytes, version: str) -> list[str]:
    import yaml

    return breaking_api_changes(yaml.load(released, Loader=yaml.CSafeLoader), openapi(version))


@cache
def _openapi_file(version: str) -> bytes:
    return _yaml(openapi(version))


def _released(root: Path, kind: str) -> list[str]:
    return sorted(path.stem for path in (root / "schemas" / kind).glob("*.json"))


def _schema_path(root: Path, wire_name: str) -> Path:
    return root / "schemas" / "events" / f"{wire_name}.json"


def _golden_path(root: Path, wire_name: str) -> Path:
    return root / "schemas" / "golden" / f"{wire_name}.json"


def _version(root: Path) -> str:
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return str(project["version"])


def _pretty(document: Json) -> bytes:
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def _yaml(document: Json) -> bytes:
    import yaml  # a development dependency: the installed program reads and writes no YAML

    written_out = msgspec.json.decode(msgspec.json.encode(document))  # no part refers to another one
    text: str = yaml.dump(
        written_out, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True, width=100
    )
    return b"# Generated by `make generate`.\n" + text.encode()


def _with_sections(path: Path, mark: str, sections: Mapping[str, str]) -> str:
    """A file's text with its generated sections replaced; each is between its two marks, once."""
    text = path.read_text(encoding="utf-8")
    for name, body in sections.items():
        begin, end = mark.format(f"begin {name}"), mark.format(f"end {name}")
        pattern = re.compile(rf"{re.escape(begin)}\n.*?{re.escape(end)}", re.DOTALL)
        text, found = pattern.subn(lambda _, text=f"{begin}\n{body}\n{end}": text, text)  # type: ignore[misc]
        if found != 1:
            raise GenerationRefused(f"{path.name} has {found} sections {begin} … {end}: it takes one")
    return text


def _event_sections(
    types: EventTypes, schemas: Mapping[str, Json], golden: Mapping[str, bytes]
) -> dict[str, str]:
    try:
        return event_sections(types.all, schemas, golden)
    except InvalidProse as invalid:
        raise GenerationRefused(str(invalid)) from invalid


def _operating_sections() -> dict[str, str]:
    return {
        "settings": table(
            ("variable", "default", "meaning"),
            [(f"`{s.name}`", f"`{s.default}`" if s.default else "", s.meaning) for s in SETTINGS],
        ),
        "kafka options": table(("key", "meaning"), [(f"`{key}`", meaning) for key, meaning in KNOWN.items()]),
        "topics": table(
            ("topic", "partitions", "configuration"),
            [
                (
                    f"`{topic_name('casecore', kind)}`",
                    str(PARTITIONS),
                    ", ".join(f"`{key}={value}`" for key, value in TOPIC_CONFIGURATION.items()),
                )
                for kind in STREAM_KINDS
            ],
        ),
    }


def _api_sections() -> dict[str, str]:
    return {
        "scopes": table(("scope", "reads", "does"), scope_rows()),
        "statuses": _statuses(),
        "visibility": table(("thing", "is seen by"), visibility_rows()),
    }


def _statuses() -> str:
    """Each status of a problem, with the kinds of error that have it, or else the codes."""
    rows: list[tuple[str, ...]] = []
    for status in sorted({known.status for known in all_problems()}):
        kinds = [kind.value for kind, of_kind in STATUS_BY_KIND.items() if of_kind is status]
        codes = sorted({f"`{known.code}`" for known in all_problems() if known.status is status})
        rows.append((str(status.value), ", ".join(kinds or codes), MEANINGS[status]))
    return table(("status", "kind of error, or code", "means"), rows)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
