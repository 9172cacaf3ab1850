"""Who may see what: the rule in SQL says of every row what it says in Python."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import psycopg
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from psycopg import sql as quoting

from casecore.visibility import rules
from casecore.visibility.rules import CASE, INTERNAL_MESSAGE, Rule, Viewer, condition, may_see
from tests.profiles import scaled

RULES = {name: rule for name, rule in vars(rules).items() if isinstance(rule, Rule)}

Row = dict[str, Any]

# Names that could be taken for another, or for SQL.
organisations = st.sampled_from(["nord", "Nord", "nord ", "süd", "vendor", "", "'", '"nord"', "%s", "null"])
viewers = st.none() | st.builds(Viewer, organisations, st.booleans())


def rows_of(rule: Rule) -> st.SearchStrategy[Row]:
    fields = {field: st.none() | organisations for field in rule.fields}
    lists = {one: st.none() | st.lists(organisations, max_size=3) for one in rule.lists}
    return st.fixed_dictionaries(fields | lists)


@pytest.fixture
def connection(database: str) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    with psycopg.connect(database) as connection:
        yield connection


def test_there_are_rules() -> None:
    assert {"CASE", "INTERNAL_MESSAGE", "PARTY", "FEE", "POLICY", "CALENDAR"} <= set(RULES)


@scaled(2, suppressed=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), viewer=viewers, name=st.sampled_from(sorted(RULES)))
def test_the_condition_on_a_row_is_what_may_be_seen_of_it(
    connection: psycopg.Connection[tuple[Any, ...]], data: st.DataObject, viewer: Viewer | None, name: str
) -> None:
    rule = RULES[name]
    rows: list[Row] = data.draw(st.lists(rows_of(rule), max_size=8))
    columns = ["place int", *(f"{field} text" for field in rule.fields)]
    columns += [f"{one} jsonb" for one in rule.lists]
    query = f"""select rows.place from jsonb_to_recordset(%(rows)s::jsonb)
        as rows ({", ".join(columns)}) where {condition(rule, "rows")} order by 1"""
    placed = msgspec.json.encode([{"place": place, **row} for place, row in enumerate(rows)]).decode()
    found = connection.execute(quoting.SQL(query), {"rows": placed, **rules.given(viewer)}).fetchall()
    assert [row[0] for row in found] == [
        place for place, row in enumerate(rows) if may_see(viewer, rule, row)
    ]


@pytest.mark.parametrize(
    ("rule", "thing", "seen_by"),
    [
        (CASE, {"customer": "c", "seller": "s", "vendor": "v", "partner": "p"}, {"c", "s", "v", "p"}),
        (CASE, {"customer": "c", "seller": "s", "vendor": "v", "partner": None}, {"c", "s", "v"}),
        (INTERNAL_MESSAGE, {"readers": ["s", "v"]}, {"s", "v"}),
        (INTERNAL_MESSAGE, {"readers": "sv"}, set()),
        (rules.ON_BEHALF_OF, {"organisation": "s", "person": "p"}, {"s", "v"}),
        (rules.FEE, {"party": "s"}, {"s"}),
        (rules.CHARGE, {"owed_by": "c"}, {"c", "v"}),
        (rules.POLICY, {"organisation": "s"}, {"s"}),
        (rules.INSTALLATION, {}, {"v"}),
    ],
)
def test_who_sees_what(rule: Rule, thing: Row, seen_by: set[str]) -> None:
    viewers = [Viewer(name, is_vendor=name == "v") for name in ("c", "s", "v", "p", "another")]
    assert {viewer.organisation for viewer in viewers if may_see(viewer, rule, thing)} == seen_by
    assert may_see(None, rule, thing)
