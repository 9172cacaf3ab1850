"""The organisations and agents that a viewer's latest cases name: what is suggested where one is typed."""

from __future__ import annotations

from typing import NamedTuple

from casecore.visibility import rules
from casecore.visibility.rules import Viewer
from projections.kit.reading.queries import ask
from projections.workload.projection import WORKLOAD

_LATEST = 2_000
"""Cases that are looked at: a suggestion need not know those of years ago."""
_MOST = 200
"""Names of each kind."""

_CASE = rules.condition(rules.CASE)
NAMES = f"""with latest as (
  select customer, seller, partner, organisation, agent from workload.cases
  where {_CASE} order by opened_at desc, reference limit {_LATEST}
), named as (
  select kind, name, count(*) as times from latest cross join lateral (
    values ('customer', customer), ('seller', seller), ('partner', partner), ('organisation', organisation),
      ('agent', agent)
  ) as n (kind, name) where name is not null group by kind, name
), ranked as (
  select kind, name, row_number() over (partition by kind order by times desc, name) as place from named
)
select kind, name from ranked where place <= {_MOST} order by kind, name"""
# The indexes are by names as they are written, so this is only asked where nothing is found by one.
SPELLING = f"""select kind, name from workload.cases cross join lateral (
  values ('customer', customer), ('seller', seller), ('organisation', organisation), ('agent', agent),
    ('reference', reference)
) as n (kind, name)
where {_CASE} and kind = %(kind)s and lower(name) = lower(%(name)s) order by name limit 1"""

WRITTEN = f"""select 'reference' as kind, reference as name from workload.cases
where {_CASE} and reference = any(%(written)s) order by reference <> %(name)s, reference limit 1"""


class KnownName(NamedTuple):
    """A name, and what it is in the cases: customer, seller, partner, organisation, agent or reference."""

    kind: str
    name: str


def known_names(database: str, viewer: Viewer | None = None) -> list[KnownName]:
    """The names in the latest cases that a viewer sees, of each kind those that occur most, sorted.

    Raises ViewMissing and ViewOutdated.
    """
    return ask(database, WORKLOAD, KnownName, NAMES, rules.given(viewer))


def spelling_of(database: str, kind: str, name: str, viewer: Viewer | None = None) -> str | None:
    """How a name is written that somebody typed in another letter case, in the cases that a viewer sees.

    None if no case has it. Raises as `known_names`.
    """
    found = ask(database, WORKLOAD, KnownName, SPELLING, {"kind": kind, "name": name, **rules.given(viewer)})
    return found[0].name if found else None


def written_reference(database: str, typed: str, viewer: Viewer | None = None) -> str | None:
    """The reference of the case that somebody typed in whatever letter case: as it is typed, if there is one.

    None if no case has it. Raises as `known_names`.
    """
    given = {"name": typed, "written": [typed, typed.upper(), typed.lower()], **rules.given(viewer)}
    found = ask(database, WORKLOAD, KnownName, WRITTEN, given)
    return found[0].name if found else spelling_of(database, "reference", typed, viewer)
