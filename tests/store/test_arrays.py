"""An array packed by hand is the array that PostgreSQL's driver would have sent."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from casecore.store import arrays
from tests.profiles import scaled

_TEXT = st.text(st.characters(exclude_characters="\0", codec="utf-8"))
KINDS: dict[str, tuple[Callable[[Sequence[Any]], arrays.PackedArray], st.SearchStrategy[Any]]] = {
    "uuid": (arrays.uuids, st.uuids()),
    "bigint": (arrays.bigints, st.integers(-(2**63), 2**63 - 1)),
    "int": (arrays.ints, st.integers(-(2**31), 2**31 - 1)),
    "bytea": (arrays.byteas, st.binary(max_size=300)),
    "text": (arrays.texts, _TEXT),
}


@pytest.fixture
def connection(database: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database) as connection:
        arrays.take_packed(connection)
        yield connection


@pytest.mark.parametrize("kind", KINDS)
@scaled(1, suppressed=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_the_server_reads_what_was_packed(
    connection: psycopg.Connection, kind: str, data: st.DataObject
) -> None:
    pack, elements = KINDS[kind]
    values = data.draw(st.lists(elements, max_size=70))
    cursor = connection.cursor(binary=True)
    found = cursor.execute(f"select %s::{kind}[], %s::{kind}[]", (pack(values), values)).fetchone()
    assert found == (values, values)
    # and byte for byte what the driver sends, so that nothing else about it differs
    assert cursor.execute(f"select array_send(%s::{kind}[])", (values,)).fetchone() == (pack(values),)


@pytest.mark.parametrize(("pack", "beyond"), [(arrays.bigints, 2**63), (arrays.ints, 2**31)])
def test_a_number_that_does_not_fit_is_not_cut(
    pack: Callable[[Sequence[int]], arrays.PackedArray], beyond: int
) -> None:
    with pytest.raises(struct.error):
        pack([1, beyond])
