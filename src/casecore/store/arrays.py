"""Arrays in PostgreSQL's binary format, packed whole: its driver looks at each element several times."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from struct import Struct
from typing import Any
from uuid import UUID

import psycopg
from psycopg import pq
from psycopg.adapt import Dumper

# The header of an array of one dimension: dimensions, whether it has nulls, the elements' type, how many, the
# first one's index. Then each element, its length before it; an empty array has no dimension at all.
_HEADER = Struct("!iiIii").pack
_EMPTY = Struct("!iiI").pack
_LENGTH = Struct("!i").pack
_INT, _BIGINT = Struct("!ii").pack, Struct("!iq").pack
# The types' numbers, fixed in PostgreSQL's catalogue.
_OID_BYTEA, _OID_BIGINT, _OID_INT, _OID_TEXT, _OID_UUID = 17, 20, 23, 25, 2950
_UUID_LENGTH = _LENGTH(16)


class PackedArray(bytes):
    """An array as PostgreSQL takes it; a statement must say its type by a cast."""


def uuids(values: Sequence[UUID]) -> PackedArray:
    """A uuid[]."""
    return _packed(_OID_UUID, len(values), [_UUID_LENGTH + one.int.to_bytes(16, "big") for one in values])


def bigints(values: Sequence[int]) -> PackedArray:
    """A bigint[]; raises struct.error for a number that is none."""
    return _packed(_OID_BIGINT, len(values), [_BIGINT(8, one) for one in values])


def ints(values: Sequence[int]) -> PackedArray:
    """An int[]; raises struct.error for a number that is none."""
    return _packed(_OID_INT, len(values), [_INT(4, one) for one in values])


def byteas(values: Sequence[bytes]) -> PackedArray:
    """A bytea[]."""
    return _packed(_OID_BYTEA, len(values), [_LENGTH(len(one)) + one for one in values])


def texts(values: Sequence[str]) -> PackedArray:
    """A text[]."""
    return _packed(_OID_TEXT, len(values), [_LENGTH(len(one)) + one for one in map(str.encode, values)])


def _packed(oid: int, count: int, elements: Iterable[bytes]) -> PackedArray:
    header = _HEADER(1, 0, oid, count, 1) if count else _EMPTY(0, 0, oid)
    return PackedArray(header + b"".join(elements))


def take_packed(connection: psycopg.Connection[Any]) -> None:
    """Let the statements of a connection be given packed arrays."""
    connection.adapters.register_dumper(PackedArray, _AsItIs)


class _AsItIs(Dumper):
    format = pq.Format.BINARY

    def dump(self, obj: PackedArray) -> PackedArray:
        return obj
