"""Whether a description of the HTTP API may replace a published one: programs written for it must go on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import msgspec

from casecore.contract.json_schema import KNOWN_WORDS, Json
from devtools.compatibility import Schema, by_signature, resolve

_LEAST = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_MOST = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_FORMS = ("pattern", "format", "multipleOf", "uniqueItems")
_FIRST_PROBLEM = 400


def breaking_api_changes(old: Json, new: Json) -> list[str]:
    """What in the new document breaks a program that was written for the old one; empty if nothing.

    What is sent must be accepted as before: no path, operation or parameter less, nothing more that is
    required, no form narrower. What is answered must be understood as before: no status, header, member or
    word less, no form wider. What is added breaks nobody: readers ignore members and words that they do not
    know. A problem that is not met any more breaks nobody either, but a code that is renamed does.
    """
    return list(dict.fromkeys(_changes(_Pair(old, new))))


class _Pair(NamedTuple):
    """Both documents, in which references are looked up."""

    old: Json
    new: Json


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
            asked = _Comparison(pair.old, pair.new, is_answer=False)
            yield from asked.changes(f"parameter {name}", had[name]["schema"], parameter["schema"])


def _body_changes(pair: _Pair, was: Json, now: Json) -> Iterator[str]:
    if now and now.get("required", False) and not (was or {}).get("required", False):
        yield "a body is required now"
    for media_type, content in (was or {}).get("content", {}).items():
        if media_type not in (now or {}).get("content", {}):
            yield f"a body of {media_type} was taken, and is no longer"
        elif "schema" in content:
            asked = _Comparison(pair.old, pair.new, is_answer=False)
            yield from asked.changes("body", content["schema"], now["content"][media_type].get("schema", {}))


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
            answered = _Comparison(pair.old, pair.new, is_answer=True)
            yield from answered.changes(
                status, content["schema"], new["content"][media_type].get("schema", {})
            )


def _parameters(document: Json, operation: Json) -> dict[str, Json]:
    """Parameters by place and name."""
    found = [_resolved(document, one) for one in operation.get("parameters", ())]
    return {f"{one['name']} ({one['in']})": one for one in found}


def _resolved(document: Json, node: Json) -> Json:
    return resolve(document, node["$ref"]) if "$ref" in node else node


class _Comparison:
    """One walk through two schemas: of what is sent, or of what is answered."""

    def __init__(self, old_root: Schema, new_root: Schema, *, is_answer: bool) -> None:
        self._old_root = old_root
        self._new_root = new_root
        self._is_answer = is_answer
        self._compared: set[tuple[bytes, bytes]] = set()

    def changes(self, path: str, old: Schema, new: Schema) -> Iterator[str]:
        """What breaks at a place and below it."""
        if not self._is_answer and "default" in old and old["default"] != new.get("default", ...):
            yield f"{path}: the default was {old['default']!r}, and is {new.get('default', 'none')!r}"
        if set(old) & set(new) >= {
            "$ref",
            "properties",
        }:  # a named schema, of which some members are known better
            for name, member in old["properties"].items():
                yield from self.changes(f"{path}.{name}", member, new["properties"].get(name, {}))
        was, now = by_signature(self._old_root, old), by_signature(self._new_root, new)
        if self._is_answer:
            for signature in sorted(now.keys() - was.keys()):
                yield f"{path}: {signature} is answered now, which was not"
        else:
            for signature in sorted(was.keys() - now.keys()):
                yield f"{path}: {signature} was accepted, and is no longer"
        for signature in sorted(was.keys() & now.keys()):
            yield from self._variant(path, was[signature], now[signature])

    def _variant(self, path: str, old: Schema, new: Schema) -> Iterator[str]:
        pair = (msgspec.json.encode(old), msgspec.json.encode(new))
        if pair in self._compared:  # each pair once: this also ends a schema that contains itself
            return
        self._compared.add(pair)
        yield from self._words(path, old, new)
        yield from self._bounds(path, old, new)
        yield from self._members(path, old, new)
        for keyword, suffix in (("items", "[]"), ("additionalProperties", ".*")):
            was, now = old.get(keyword), new.get(keyword)
            if isinstance(was, Mapping) and isinstance(now, Mapping):
                yield from self.changes(path + suffix, was, now)

    def _words(self, path: str, old: Schema, new: Schema) -> Iterator[str]:
        had, has = _words_of(old), _words_of(new)
        for word in had:
            if has and word not in has:
                yield f"{path}: the word {word!r} was removed"
        if self._is_answer:
            if had and not has:
                yield f"{path}: it was one of some words, and is any now"
            if {"enum", "const"} & old.keys() and set(has) - set(had):
                yield f"{path}: its words were closed, and {sorted(set(has) - set(had))} are new"
        elif has and not had:
            yield f"{path}: anything was accepted, and is now one of some words"

    def _bounds(self, path: str, old: Schema, new: Schema) -> Iterator[str]:
        tight, loose = (old, new) if self._is_answer else (new, old)
        for keyword in (*_LEAST, *_MOST, *_FORMS):
            bound, other = tight.get(keyword), loose.get(keyword)
            if bound is None or bound == other:
                continue
            if other is None or keyword in _FORMS or ((bound > other) == (keyword in _LEAST)):
                yield f"{path}: {keyword} was {old.get(keyword, 'none')}, and is {new.get(keyword, 'none')}"

    def _members(self, path: str, old: Schema, new: Schema) -> Iterator[str]:
        had, has = old.get("properties", {}), new.get("properties", {})
        needed, needs = set(old.get("required", ())), set(new.get("required", ()))
        for name in had:
            if name in has:
                yield from self.changes(f"{path}.{name}", had[name], has[name])
            elif self._is_answer or new.get("additionalProperties") is False:
                yield f"{path}.{name}: the member was removed"
        if self._is_answer:
            for name in sorted(needed - needs):
                if name in has:
                    yield f"{path}.{name}: it was always there, and is no longer"
        else:
            for name in sorted(needs - needed):
                yield f"{path}.{name}: it is required now"


def _words_of(schema: Schema) -> list[str]:
    if "const" in schema:
        return [schema["const"]]
    return list(schema.get("enum", schema.get(KNOWN_WORDS, ())))
