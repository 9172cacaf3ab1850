"""Whether a schema may replace a published one: old readers must read new events, and new readers old."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import Flag, auto
from typing import Any, TypeAlias

import msgspec

from casecore.contract.json_schema import KNOWN_WORDS, portable

Schema: TypeAlias = Mapping[str, Any]
ComparedPair: TypeAlias = tuple[bytes, bytes]
"""An alternative of an old schema and one of a new schema, as JSON."""

_LEAST = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_MOST = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_FORMS = ("pattern", "format", "multipleOf", "uniqueItems")
_PERSONAL = "x-personal"
_SAYS_NOTHING = frozenset({"title", "description", "examples", "default", _PERSONAL})


class Direction(Flag):
    """Who must go on when a schema is replaced, in the words of schema registries."""

    BACKWARD = auto()
    """Who reads by the new schema takes what was written by the old one: as the server does with requests."""
    FORWARD = auto()
    """Who reads by the old schema takes what is written by the new one: as callers do with answers."""
    FULL = BACKWARD | FORWARD
    """Both: events are stored for ever, and are read by programs of any age."""


def breaking_changes(old_schema: Schema, new_schema: Schema) -> list[str]:
    """What in `new_schema` would break a reader of the old one, or an event written under it.

    Empty if nothing. Each entry names the place as a path from `$`, and the change. Compatible are added
    optional properties, another title or description, a known word that was added, and the opening of an
    enumeration that was closed, with all its words still known, and others. A changed default breaks: a field
    that an event leaves out would mean something else.
    """
    changes = SchemaComparison(old_schema, new_schema, Direction.FULL)
    return list(dict.fromkeys(changes.between("$", old_schema, new_schema)))


class SchemaComparison:
    """One walk through two schemas at once, for what breaks in one direction, or in both."""

    def __init__(
        self,
        old_root: Schema,
        new_root: Schema,
        direction: Direction,
        sound: set[ComparedPair] | None = None,
    ) -> None:
        """The roots are the documents in which references are looked up.

        `sound` is for many walks through the same documents in one direction: the pairs in which nothing
        breaks, at any depth. They are not compared again, and walks by `changes` add to them.
        """
        self._old_root = old_root
        self._new_root = new_root
        self._direction = direction
        self._is_backward = Direction.BACKWARD in direction
        self._is_forward = Direction.FORWARD in direction
        self._compared: set[ComparedPair] = set()
        self._sound = set() if sound is None else sound

    def changes(self, path: str, old: Schema, new: Schema) -> list[str]:
        """What breaks at a place and below it; if that is nothing, all that was compared is sound."""
        found = list(self.between(path, old, new))
        if not found:
            self._sound |= self._compared
        return found

    def between(self, path: str, old: Schema, new: Schema) -> Iterator[str]:
        """What breaks at a place and below it."""
        if self._is_backward and "default" in old and old["default"] != new.get("default", ...):
            yield f"{path}: the default was {old['default']!r}, and is {new.get('default', 'none')!r}"
        if set(old) & set(new) >= {
            "$ref",
            "properties",
        }:  # a named schema, some members of which are narrower
            for name, member in old["properties"].items():
                yield from self.between(f"{path}.{name}", member, new["properties"].get(name, {}))
        was, now = by_signature(self._old_root, old), by_signature(self._new_root, new)
        if self._is_backward and not _allows_anything(now):
            for signature in sorted(was.keys() - now.keys()):
                yield f"{path}: {signature} was allowed, and is no longer"
        if self._is_forward and not _allows_anything(was):
            for signature in sorted(now.keys() - was.keys()):
                yield f"{path}: {signature} was not allowed, and is now: old readers refuse it"
        for signature in sorted(was.keys() & now.keys()):
            yield from self._variant(path, was[signature], now[signature])

    def _variant(self, path: str, old: Schema, new: Schema) -> Iterator[str]:
        pair = (msgspec.json.encode(old), msgspec.json.encode(new))
        # Each pair once: this also ends a schema that contains itself.
        if pair in self._compared or pair in self._sound:
            return
        self._compared.add(pair)
        if self._direction is Direction.FULL and old.get(_PERSONAL) != new.get(_PERSONAL):
            yield _differs(path, _PERSONAL, old, new)  # of an event it is sealed, also when it is old
        yield from self._bounds(path, old, new)
        yield from self._words(path, old, new)
        yield from self._members(path, old, new)
        yield from self._others(f"{path}[]", old.get("items", True), new.get("items", True))
        others, other = "additionalProperties", f"{path}.*"
        yield from self._others(other, old.get(others, True), new.get(others, True))

    def _bounds(self, path: str, old: Schema, new: Schema) -> Iterator[str]:
        for keyword in (*_LEAST, *_MOST, *_FORMS):
            was, now = old.get(keyword), new.get(keyword)
            if was == now:
                continue
            is_breaking = (self._is_backward and _is_tighter(keyword, now, was)) or (
                self._is_forward and _is_tighter(keyword, was, now)
            )
            if is_breaking:
                yield _differs(path, keyword, old, new)

    def _words(self, path: str, old: Schema, new: Schema) -> Iterator[str]:
        had, has = _words_of(old), _words_of(new)
        if has or self._is_forward:
            for word in had:
                if word not in has:
                    yield f"{path}: the word {word!r} was removed; who wrote it, or read it, needs it"
        if self._is_backward and has and not had:
            yield f"{path}: any text was allowed, and is now one of some words"
        if self._is_backward and has and _is_closed(new) and not _is_closed(old):
            yield f"{path}: its words are closed, and others may have been written"
        # Events were published with closed enumerations before they were opened, and words were added since.
        is_opened_for_good = self._direction is Direction.FULL and not _is_closed(new)
        if self._is_forward and _is_closed(old) and not is_opened_for_good:
            for word in has:
                if word not in had:
                    yield f"{path}: its words were closed, so old readers refuse {word!r}"

    def _members(self, path: str, old: Schema, new: Schema) -> Iterator[str]:
        had, has = old.get("properties", {}), new.get("properties", {})
        needed, needs = set(old.get("required", ())), set(new.get("required", ()))
        for name in had:
            if name in has:
                yield from self.between(f"{path}.{name}", had[name], has[name])
            elif self._is_forward or new.get("additionalProperties") is False:
                yield f"{path}.{name}: the property was removed"
        if self._is_backward:
            for name in sorted(needs - needed):
                yield f"{path}.{name}: it is required now, and what is written already lacks it"
        if self._is_forward:
            for name in sorted((needed - needs) & has.keys()):
                yield f"{path}.{name}: it was required, and is no longer: old readers need it"

    def _others(self, path: str, was: Any, now: Any) -> Iterator[str]:
        """What breaks in items, or members, that have no names: a schema, True for any, False for none."""
        if was is not False and now is not False:
            yield from self.between(path, _as_schema(was), _as_schema(now))
        elif self._is_backward and was is not False:
            yield f"{path}: others were allowed, and nothing else is now"
        elif self._is_forward and now is not False:
            yield f"{path}: nothing else was allowed, and others are now: old readers refuse them"


def _is_tighter(keyword: str, bound: Any, other: Any) -> bool:
    """Whether a bound refuses something that another one takes; None is no bound. Forms refuse each other."""
    if bound is None:
        return False
    return other is None or keyword in _FORMS or (bound > other) == (keyword in _LEAST)


def _differs(path: str, keyword: str, old: Schema, new: Schema) -> str:
    return f"{path}: {keyword} was {old.get(keyword, 'none')}, and is {new.get(keyword, 'none')}"


def _words_of(schema: Schema) -> Sequence[Any]:
    """The words of an enumeration, whether it is closed or may grow."""
    if "const" in schema:
        return [schema["const"]]
    words: Sequence[Any] = schema.get("enum", schema.get(KNOWN_WORDS, ()))
    return words


def _is_closed(schema: Schema) -> bool:
    return bool({"enum", "const"} & schema.keys())


def _as_schema(node: Any) -> Schema:
    return node if isinstance(node, Mapping) else {}


def _allows_anything(variants: Mapping[str, Schema]) -> bool:
    return any(variant.keys() <= _SAYS_NOTHING for variant in variants.values())


def by_signature(root: Schema, node: Schema) -> dict[str, Schema]:
    """The alternatives that a node allows, each under its type, and its tag where it has one."""
    return {_signature(variant): variant for variant in _variants(root, node, personal=False)}


def _variants(root: Schema, node: Schema, personal: bool) -> Iterator[Schema]:
    personal = personal or bool(node.get("x-personal"))
    if "$ref" in node:
        yield from _variants(root, resolve(root, node["$ref"]), personal)
    elif "anyOf" in node or "oneOf" in node:
        for variant in node.get("anyOf", node.get("oneOf", ())):
            yield from _variants(root, variant, personal)
    elif isinstance(node.get("type"), list):
        for kind in node["type"]:
            yield from _variants(root, {**node, "type": kind}, personal)
    else:
        # The mark of personal data goes to each alternative, wherever it is in the schema.
        meant = portable(node)
        yield {**meant, "x-personal": True} if personal else meant


def _signature(variant: Schema) -> str:
    tags = ", ".join(
        f"{name}={meant['const']}"
        for name, schema in variant.get("properties", {}).items()
        if "const" in (meant := portable(schema))
    )
    kind = str(variant.get("type", "string" if "enum" in variant else "anything"))
    return f"{kind} ({tags})" if tags else kind


def resolve(root: Schema, reference: str) -> Schema:
    """What a reference within a document refers to."""
    node: Any = root
    for step in reference.removeprefix("#/").split("/"):
        node = node[step.replace("~1", "/").replace("~0", "~")]
    resolved: Schema = node
    return resolved
