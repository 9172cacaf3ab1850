"""Whether a schema may replace a published one: old readers must read new events, and new readers old."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import msgspec

from casecore.contract.json_schema import KNOWN_WORDS, portable

Schema: TypeAlias = Mapping[str, Any]

# A change in either direction breaks: a tighter bound refuses old events, a looser one allows new events that
# old readers refuse.
_FIXED = (
    "const",
    "format",
    "pattern",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
    "x-personal",
)


def breaking_changes(old_schema: Schema, new_schema: Schema) -> list[str]:
    """What in `new_schema` would break a reader of the old one, or an event written under it.

    Empty if nothing. Each entry names the place as a path from `$`, and the change. Compatible are added
    optional properties, another title or description, a known word that was added, and the opening of an
    enumeration that was closed, with all its words still known. A changed default breaks: a field that an
    event leaves out would mean something else.
    """
    return list(dict.fromkeys(_Comparison(old_schema, new_schema).changes("$", old_schema, new_schema)))


class _Comparison:
    """One walk through two schemas at once."""

    def __init__(self, old_root: Schema, new_root: Schema) -> None:
        self._old_root = old_root
        self._new_root = new_root
        self._compared: set[tuple[bytes, bytes]] = set()

    def changes(self, path: str, old: Schema, new: Schema) -> Iterator[str]:
        if "default" in old and old.get("default") != new.get("default", ...):
            yield f"{path}: the default was {old['default']!r}, and is {new.get('default', 'none')!r}"
        old_variants = by_signature(self._old_root, old)
        new_variants = by_signature(self._new_root, new)
        for signature in old_variants.keys() - new_variants.keys():
            yield f"{path}: {signature} was allowed, and is no longer"
        for signature in new_variants.keys() - old_variants.keys():
            yield f"{path}: {signature} was not allowed, and is now: old readers refuse it"
        for signature in sorted(old_variants.keys() & new_variants.keys()):
            yield from self._variant(path, old_variants[signature], new_variants[signature])

    def _variant(self, path: str, old: Schema, new: Schema) -> Iterator[str]:
        pair = (msgspec.json.encode(old), msgspec.json.encode(new))
        if pair in self._compared:  # each pair once: this also ends a schema that contains itself
            return
        self._compared.add(pair)
        for keyword in _FIXED:
            if old.get(keyword) != new.get(keyword):
                yield f"{path}: {keyword} was {old.get(keyword, 'none')}, and is {new.get(keyword, 'none')}"
        yield from _word_changes(path, old, new)
        yield from self._properties(path, old, new)
        for keyword, suffix in (("items", "[]"), ("additionalProperties", ".*")):
            was, now = _as_schema(old.get(keyword)), _as_schema(new.get(keyword))
            yield from self.changes(path + suffix, was, now)

    def _properties(self, path: str, old: Schema, new: Schema) -> Iterator[str]:
        had, has = old.get("properties", {}), new.get("properties", {})
        needed, needs = set(old.get("required", ())), set(new.get("required", ()))
        for name in had:
            if name not in has:
                yield f"{path}.{name}: the property was removed"
            else:
                yield from self.changes(f"{path}.{name}", had[name], has[name])
        for name in sorted(needs - needed):
            yield f"{path}.{name}: it is required now; events that are stored lack it"
        for name in sorted((needed - needs) & has.keys()):
            yield f"{path}.{name}: it was required, and is no longer; old readers need it"


def _word_changes(path: str, old: Schema, new: Schema) -> Iterator[str]:
    if "enum" in new:
        if sorted(map(str, new["enum"])) != sorted(map(str, old.get("enum", ()))):
            yield f"{path}: its words are closed, so old readers refuse others, and events may hold them"
        return
    for word in _known_words(old):
        if word not in _known_words(new):
            yield f"{path}: the word {word!r} was removed; events that are stored hold it"
    if KNOWN_WORDS in new and not _known_words(old):
        yield f"{path}: any text was allowed, and is now one of some words"


def _known_words(schema: Schema) -> Sequence[str]:
    """The words of an enumeration, whether it is closed or may grow."""
    words: Sequence[str] = schema.get("enum", schema.get(KNOWN_WORDS, ()))
    return words


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


def _as_schema(node: object) -> Schema:
    """True, and a missing schema, allow anything; False allows nothing."""
    if isinstance(node, Mapping):
        return node
    return {"const": "nothing"} if node is False else {}
