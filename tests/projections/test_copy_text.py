"""Whatever a row holds comes out of PostgreSQL as it went in."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import psycopg
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from projections.kit.tables import merging
from projections.kit.tables.copy_text import copy_text
from tests.profiles import scaled

SPECIAL = [
    "", "\\N", "\\", "\t", "a\tb", "line\nline\r\n", "\\.", "\n\\.\n", "null", '"', "]\n[", "\\n", "\\\n",
    '\\"',
    "\x08\x0b\x0c", '{"a": "b\\n"}',
]  # fmt: skip
TEXTS = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"])) | st.sampled_from(
    SPECIAL
)
# hypothesis takes its bounds without a zone
BOUNDS = (datetime(1, 1, 2), datetime(9999, 12, 30))  # noqa: DTZ001
INSTANTS = st.datetimes(*BOUNDS, timezones=st.just(UTC))
MICROSECONDS = st.integers(-(2**62), 2**62).map(lambda duration: Decimal(duration).scaleb(-6))
ROWS = st.tuples(
    st.uuids(), TEXTS, st.none() | TEXTS, st.none() | st.integers(-(2**63), 2**63 - 1),
    st.none() | st.booleans(), INSTANTS, st.none() | st.dates(), MICROSECONDS, TEXTS,
)  # fmt: skip
Given = tuple[UUID, str, str | None, int | None, bool | None, datetime, date | None, Decimal, str]


@scaled(0.6, suppressed=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROWS, max_size=20))
def test_any_row_comes_back_as_it_was(database: str, rows: list[Given]) -> None:
    columns = ("place", "id", "a", "b", "n", "yes", "at", "due", "seconds", "doc")
    with psycopg.connect(database) as connection:
        connection.execute(
            "create temporary table kept "
            "(place bigint, id uuid, a text, b text, n bigint, yes boolean, at timestamptz, due date, "
            "seconds numeric, doc jsonb)"
        )
        connection.execute("set timezone to 'UTC'")
        sent = [(place, *row[:-1], json.dumps(row[-1])) for place, row in enumerate(rows)]
        with connection.cursor() as cursor:
            with cursor.copy(merging.copy_in("kept", columns)) as copy:  # type: ignore[arg-type]
                copy.write(copy_text(sent))
            query = "select id, a, b, n, yes, at, due, seconds, doc from kept order by place"
            found = cursor.execute(query).fetchall()
    assert found == rows
