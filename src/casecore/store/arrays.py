"""Arrays in PostgreSQL's binary format, packed as a whole: its driver inspects each element several times."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from struct import Struct
from typing import Any
from uuid import UUID

import psycopg
from psycopg import pq
from psycopg.adapt import Dumper

# The header of an array of one dimension: dimensions, whether it has nulls, the elements' type, their number,
# the index of the first. Then each element after its length; an empty array has no dimensions.
_HEADER = Struct("!iiIii").pack
_EMPTY = Struct("!iiI").pack
_LENGTH = Struct("!i").pack
_INT, _BIGINT = Struct("!ii").pack, Struct("!iq").pack
# The types' numbers, fixed in PostgreSQL's catalogue.
_OID_BYTEA, _OID_BIGINT, _OID_INT, _OID_TEXT, _OID_UUID = 17, 20, 23, 25, 2950
_UUID_LENGTH = _LENGTH(16)


class PackedArray(bytes):
    """An array as PostgreSQL takes it; the statement must cast it to its type."""


def uuids(values: Sequence[UUID]) -> PackedArray:
    """A uuid[]."""
    return _packed(_OID_UUID, len(values), [_UUID_LENGTH + one.int.to_bytes(16, "big") for one in values])


def bigints(values: Sequence[int]) -> PackedArray:
    """A bigint[]; raises struct.error for a number outside its range."""
    return _packed(_OID_BIGINT, len(values), [_BIGINT(8, one) for one in values])


def ints(values: Sequence[int]) -> PackedArray:
    """An int[]; raises struct.error for a number outside its range."""
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
    """Register packed arrays as arguments of a connection's statements."""
    connection.adapters.register_dumper(PackedArray, _AsItIs)


class _AsItIs(Dumper):
    format = pq.Format.BINARY

    def dump(self, obj: PackedArray) -> PackedArray:
        return obj
