"""Schemas as people read them: what a value is in few words, and the members of an object as a table."""

from __future__ import annotations

from casecore.api.description.markup import Markup, element, fields, joined, line, prose
from casecore.contract.json_schema import Json

_SCHEMAS = "#/components/schemas/"


def schema_section(name: str, schema: Json) -> Markup:
    """A named schema, with an anchor of its own."""
    needed = schema.get("required", ())
    members = [
        (field_name(member, one, is_needed=member in needed), line(one.get("description", "")))
        for member, one in schema.get("properties", {}).items()
    ]
    return element(
        "article",
        element("h3", element("a", name, href=f"#schema-{name}"), id=f"schema-{name}"),
        prose(schema.get("description", "")),
        fields(members) if members else element("p", form_of(schema)),
    )


def field_name(name: str, schema: Json, *, is_needed: bool, note: str = "") -> Markup:
    """The name of a parameter or member, with its form, and with a note of where it is."""
    notes = [note, "required"] if is_needed else [note]
    parts = [
        element("code", name),
        element("small", form_of(schema)),
        *(element("small", f"· {n}") for n in notes if n),
    ]
    return joined(parts, " ")


def form_of(schema: Json) -> Markup:
    """What a value is, in few words."""
    match schema:
        case {"$ref": str(target)}:
            name = target.removeprefix(_SCHEMAS)
            return element("a", name, href=f"#schema-{name}")
        case {"anyOf": forms}:
            return joined((form_of(one) for one in forms), " or ")
        case {"const": value}:
            return element("code", str(value))
        case {"enum": words}:
            return joined((element("code", str(word)) for word in words), " or ")
        case {"x-extensible-enum": words}:
            return joined([joined((element("code", str(word)) for word in words), ", "), " or another word"])
        case {"type": "array", "items": one}:
            return joined(["list of ", form_of(one)])
        case {"type": "object", "additionalProperties": dict() as one}:
            return joined(["object, each member: ", form_of(one)])
        case _:
            return _plain(schema)


def _plain(schema: Json) -> Markup:
    bounds = [
        f"{word} {schema[keyword]}"
        for keyword, word in (
            ("minimum", "from"),
            ("maximum", "to"),
            ("minLength", "at least"),
            ("maxLength", "at most"),
        )
        if keyword in schema
    ]
    known = [schema.get("format", schema.get("type", "any")), *bounds]
    characters = ", characters" if "maxLength" in schema else ""
    absent = f", {schema['default']} if absent" if schema.get("default") is not None else ""
    return joined([" ".join(known), characters, absent])
