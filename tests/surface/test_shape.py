"""The shape of a value says all that a program depends on, and nothing that another run could change."""

from __future__ import annotations

import pytest

from tests.surface.differences import same
from tests.surface.shape import shape_of, union


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        ("C-1", "text"),
        ("3F2504E0-4F89-41D3-9A0C-0305E82C3301", "text"),
        ("3f2504e0-4f89-41d3-9a0c-0305e82c3301", "uuid"),
        ("2026-03-02", "date"),
        ("2026-03-02T09:30:00Z", "instant Z"),
        ("2026-03-02T09:30:00.123456Z", "instant Z"),
        ("2026-03-02T09:30:00+00:00", "instant +00:00"),
        ("2026-03-02T09:30:00+01:00", "instant with an offset"),
        ("2026-03-02T09:30:00", "instant without an offset"),
        ("2026-03-02 09:30:00Z", "text"),
        (1, "integer"),
        (1.0, "fraction"),
        (True, "boolean"),
        (None, "null"),
        ([], []),
        ([1, 2], ["integer"]),
        ([1, None, "x"], ["integer | text | null"]),
        ({"2026-01-01": "New Year", "2026-12-25": "Christmas"}, {"<date>": "text"}),
        ([{"a": 1}, {"a": None}], [{"a": "integer | null"}]),
        ([{"b": 1}, {"a": 1}], [{"one of": [{"a": "integer"}, {"b": "integer"}]}]),
        ([{"a": [1]}, {"a": []}], [{"a": ["integer"]}]),
        ([[1], None], [{"one of": ["null", ["integer"]]}]),
    ],
)
def test_the_shape_of_a_value(value: object, shape: object) -> None:
    assert same(shape_of(value), shape)


def test_the_order_of_keys_is_kept_and_told_apart() -> None:
    # Given two objects with the same keys in another order
    one, other = {"a": 1, "b": 2}, {"b": 2, "a": 1}
    # Then their shapes are not the same, and both are in the union
    assert not same(shape_of(one), shape_of(other))
    assert same(
        shape_of([one, other]),
        [{"one of": [{"a": "integer", "b": "integer"}, {"b": "integer", "a": "integer"}]}],
    )


def test_the_order_in_which_values_are_seen_does_not_matter() -> None:
    values: list[object] = [1, None, "x", {"a": 1}, {"b": [None]}, {"b": ["x"]}, []]
    assert same(union(map(shape_of, values)), union(map(shape_of, reversed(values))))
    assert union([]) is None
