"""Whether a description of the HTTP API may replace a published one: programs written for it must go on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from casecore.contract.json_schema import Json
from devtools.compatibility import ComparedPair, Direction, SchemaComparison, resolve

_FIRST_PROBLEM = 400


def breaking_api_changes(old: Json, new: Json) -> list[str]:
    """What in the new document breaks a program that was written for the old one; empty if nothing.

    What is sent must be accepted as before: no path, operation or parameter less, nothing more that is
    required, no form narrower. What is answered must be understood as before: no status, header, member or
    word less, no form wider. What is added breaks nobody: readers ignore members and words that they do not
    know. A problem that is not met any more breaks nobody either, but a code that is renamed does.
    """
    return list(dict.fromkeys(_changes(_Pair(old, new, {direction: set() for direction in Direction}))))


class _Pair(NamedTuple):
    """Both documents, in which references are looked up, and what was found sound in each direction.

    Most operations share their schemas: each is compared once.
    """

    old: Json
    new: Json
    sound: Mapping[Direction, set[ComparedPair]]

    def schema_changes(self, direction: Direction, path: str, was: Json, now: Json) -> list[str]:
        """What breaks in one direction between two schemas of the documents."""
        comparison = SchemaComparison(self.old, self.new, direction, self.sound[direction])
        return comparison.changes(path, was, now)


def _changes(pair: _Pair) -> Iterator[str]:
    for path, methods in pair.old["paths"].items():
        for method, was in methods.items():
            name = f"{method.upper()} {path}"
            now = pair.new["paths"].get(path, {}).get(method)
            if now is None:
                yield f"{name}: the operation was removed"
            else:
                yield from (f"{name}: {change}" for change in _operation_changes(pair, was, now))


def _operation_changes(pair: _Pair, was: Json, now: Json) -> Iterator[str]:
    if was["operationId"] != now["operationId"]:
        yield f"operationId was {was['operationId']}, and is {now['operationId']}"
    for way in was["security"]:
        if now["security"] and way not in now["security"]:
            yield f"{way} was enough, and is no longer"
    if now["security"] and not was["security"]:
        yield "it needed no identity, and does now"
    yield from _parameter_changes(pair, was, now)
    yield from _body_changes(pair, was.get("requestBody"), now.get("requestBody"))
    for status, answered in was["responses"].items():
        if status in now["responses"]:
            yield from _answer_changes(pair, status, answered, now["responses"][status])
        elif int(status) < _FIRST_PROBLEM:
            yield f"{status} was an answer, and is no longer"


def _parameter_changes(pair: _Pair, was: Json, now: Json) -> Iterator[str]:
    had, has = _parameters(pair.old, was), _parameters(pair.new, now)
    for name in had.keys() - has.keys():
        yield f"the parameter {name} was removed"
    for name, parameter in has.items():
        needed = name in had and had[name].get("required", False)
        if parameter.get("required", False) and not needed:
            yield f"the parameter {name} is required now"
        if name in had:
            was_asked, is_asked = had[name]["schema"], parameter["schema"]
            yield from pair.schema_changes(Direction.BACKWARD, f"parameter {name}", was_asked, is_asked)


def _body_changes(pair: _Pair, was: Json, now: Json) -> Iterator[str]:
    if now and now.get("required", False) and not (was or {}).get("required", False):
        yield "a body is required now"
    for media_type, content in (was or {}).get("content", {}).items():
        if media_type not in (now or {}).get("content", {}):
            yield f"a body of {media_type} was taken, and is no longer"
        elif "schema" in content:
            taken = now["content"][media_type].get("schema", {})
            yield from pair.schema_changes(Direction.BACKWARD, "body", content["schema"], taken)


def _answer_changes(pair: _Pair, status: str, was: Json, now: Json) -> Iterator[str]:
    old, new = _resolved(pair.old, was), _resolved(pair.new, now)
    for name, header in old.get("headers", {}).items():
        if name not in new.get("headers", {}):
            yield f"{status}: the header {name} was removed"
        elif _resolved(pair.old, header).get("required") and not _resolved(
            pair.new, new["headers"][name]
        ).get("required"):
            yield f"{status}: the header {name} was always there, and is no longer"
    for media_type, content in old.get("content", {}).items():
        if media_type not in new.get("content", {}):
            yield f"{status}: {media_type} was answered, and is no longer"
        elif "schema" in content:
            answered = new["content"][media_type].get("schema", {})
            yield from pair.schema_changes(Direction.FORWARD, status, content["schema"], answered)


def _parameters(document: Json, operation: Json) -> dict[str, Json]:
    """Parameters by place and name."""
    found = [_resolved(document, one) for one in operation.get("parameters", ())]
    return {f"{one['name']} ({one['in']})": one for one in found}


def _resolved(document: Json, node: Json) -> Json:
    return resolve(document, node["$ref"]) if "$ref" in node else node
