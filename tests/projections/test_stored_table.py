"""A table is declared once: name, type and comment of each column follow from the class of its rows."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, NamedTuple, TypeAlias
from uuid import UUID

import pytest

from projections.catalogue import VIEWS
from projections.kit.stored_table import Stored, StoredColumn, StoredTable, maker

Name: TypeAlias = Annotated[str, Stored("A name.")]


class Everything(NamedTuple):
    """A row of all that Python's types determine, and of some that they do not."""

    id: Annotated[UUID, Stored("An id.")]
    name: Name
    flag: Annotated[bool, Stored("A flag.")]
    large: Annotated[int, Stored("A large number.")]
    small: Annotated[int | None, Stored("A small number.", "int")]
    rate: Annotated[Decimal, Stored("A rate.")]
    seconds: Annotated[int | Decimal | None, Stored("A duration.", "numeric")]
    day: Annotated[date, Stored("A day.")]
    at: Annotated[datetime | None, Stored("An instant.")]
    words: Annotated[str, Stored("Words.", "text[]")]
    body: Annotated[str, Stored("A document.", "jsonb")]


EVERYTHING = StoredTable(name="everything", comment="All there is.", row=Everything, key=("id", "day"))


def test_columns_follow_from_the_fields() -> None:
    assert EVERYTHING.columns == (
        StoredColumn("id", "uuid not null", "An id."),
        StoredColumn("name", "text not null", "A name."),
        StoredColumn("flag", "boolean not null", "A flag."),
        StoredColumn("large", "bigint not null", "A large number."),
        StoredColumn("small", "int", "A small number."),
        StoredColumn("rate", "numeric not null", "A rate."),
        StoredColumn("seconds", "numeric", "A duration."),
        StoredColumn("day", "date not null", "A day."),
        StoredColumn("at", "timestamptz", "An instant."),
        StoredColumn("words", "text[] not null", "Words."),
        StoredColumn("body", "jsonb not null", "A document."),
    )


class WithoutComment(NamedTuple):
    id: Annotated[UUID, Stored("An id.")]
    name: str


class OfTwoTypes(NamedTuple):
    seconds: Annotated[int | Decimal, Stored("A duration.")]


class OfAnUnknownType(NamedTuple):
    names: Annotated[list[str], Stored("Names.")]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (WithoutComment, "WithoutComment.name does not say what is stored"),
        (OfTwoTypes, r"OfTwoTypes.seconds .* Stored must name"),
        (OfAnUnknownType, r"OfAnUnknownType.names .* Stored must name"),
    ],
)
def test_a_field_that_does_not_say_what_is_stored_is_refused(
    row: type[tuple[object, ...]], message: str
) -> None:
    with pytest.raises(TypeError, match=message):
        StoredTable(name="some", comment="", row=row, key=("id",))


@pytest.mark.parametrize("columns", [{"key": ("nobody",)}, {"key": ("id",), "indexes": (("nobody",),)}])
def test_a_key_or_an_index_of_a_column_that_is_not_there_is_refused(columns: dict[str, tuple[str]]) -> None:
    with pytest.raises(ValueError, match="nobody"):
        StoredTable(name="everything", comment="", row=Everything, **columns)  # type: ignore[arg-type]


def test_every_column_of_every_view_says_what_it_means() -> None:
    columns = [column for view in VIEWS.values() for table in view.tables for column in table.columns]
    assert all(column.comment.endswith(".") for column in columns)


def test_a_maker_makes_what_the_class_makes() -> None:
    make = maker(StoredColumn)
    made = make(name="id", type="uuid", comment="An id.")
    assert (made, type(made)) == (StoredColumn("id", "uuid", "An id."), StoredColumn)
    with pytest.raises(TypeError, match="comment"):
        make(name="id", type="uuid")  # type: ignore[call-arg]
