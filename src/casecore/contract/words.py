"""Words of enumerations in an event's body that this program does not know: a newer program wrote them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec
from msgspec import inspect


class NewerEvent(ValueError):
    """An event that only a newer program can read; the errors below say what is newer. Update the program."""


class NewerWord(NewerEvent):
    """Something of a known form, with a word of an enumeration that this program does not know."""


class UnknownWord(NamedTuple):
    """A word at a place of a body, such as `$.data.standing.state`, and the words that are known there."""

    path: str
    word: str
    known: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.path} is {self.word[:60]!r}, and this program knows {', '.join(self.known)}"


def unknown_words(body_type: type, body: bytes) -> tuple[UnknownWord, ...]:
    """The words that alone keep a body, which is JSON, from being of a type.

    Empty if something else is wrong with it too, or nothing is: only a body that would be of its type with
    known words in these places was written by a newer program.
    """
    try:
        root = [msgspec.json.decode(body)]
        found = tuple(_replace_unknown(_type_info(body_type), root, 0, "$"))
        msgspec.json.decode(msgspec.json.encode(root[0]), type=body_type)  # convert takes no Raw
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ()
    return found


def check_words(what: str, body_type: type, body: bytes) -> None:
    """Raise NewerWord if unknown words are all that keeps a body from being of a type; `what` names it."""
    if words := unknown_words(body_type, body):
        raise NewerWord(f"{what} is newer than this program: {'; '.join(map(str, words[:3]))}")


@lru_cache(256)  # many times the number of types
def _type_info(body_type: type) -> inspect.Type:
    return inspect.type_info(body_type)


def _replace_unknown(info: inspect.Type, holder: Any, place: Any, path: str) -> Iterator[UnknownWord]:
    """Put a known word in the place of each unknown one in `holder[place]`, and say which they were."""
    word = holder[place]
    if isinstance(info, inspect.EnumType) and isinstance(word, str):
        known = tuple(str(one.value) for one in info.cls)
        if word not in known:
            holder[place] = known[0]
            yield UnknownWord(path, word, known)
        return
    for part, of, name, step in _parts(info, holder, place):
        yield from _replace_unknown(part, of, name, path + step)


def _parts(info: inspect.Type, holder: Any, place: Any) -> Iterator[tuple[inspect.Type, Any, Any, str]]:
    """What `holder[place]` is made of: of each part its type, where it is, and the step of the path to it."""
    value = holder[place]
    match info, value:
        case inspect.Metadata(type=inner), _:
            yield inner, holder, place, ""
        case inspect.UnionType(types=alternatives), _:
            yield from ((one, holder, place, "") for one in alternatives if _may_be(one, value))
        case inspect.StructType(fields=fields), dict():
            known = ((field.type, field.encode_name) for field in fields)
            yield from ((part, value, name, f".{name}") for part, name in known if name in value)
        case inspect.VarTupleType(item_type=item), list():
            yield from ((item, value, number, f"[{number}]") for number in range(len(value)))
        case ((inspect.StructType(fields=fields) | inspect.NamedTupleType(fields=fields)), list()):
            first = 0 if getattr(info, "tag", None) is None else 1  # a tag goes before the fields
            places = range(first, len(value))
            yield from ((field.type, value, at, f"[{at}]") for field, at in zip(fields, places, strict=False))
        case inspect.DictType(value_type=item), dict():
            yield from ((item, value, name, f".{name}") for name in value)


def _may_be(alternative: inspect.Type, value: object) -> bool:
    """Whether a value may be of this alternative of a union: of two structs, the tag says which it is."""
    if not isinstance(alternative, inspect.StructType) or alternative.tag_field is None:
        return True
    if isinstance(value, list):
        return value[:1] == [alternative.tag]
    return isinstance(value, dict) and value.get(alternative.tag_field) == alternative.tag
