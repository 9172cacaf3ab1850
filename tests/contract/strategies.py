"""Any fact of any type, for properties that must hold for all of them."""

from __future__ import annotations

import typing
from datetime import UTC, date, datetime
from decimal import Decimal
from types import UnionType
from typing import Any

import msgspec
from hypothesis import strategies as st

from casecore.contract.envelope import Actor, EventData, Fact, Role, Source
from casecore.contract.personal import Plain, Sealed
from casecore.contract.types import EVENT_TYPES
from casecore.contract.wire import StoredEvent

# Hypothesis takes naive bounds, and gives times of the zone.
_FIRST = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)
_LAST = datetime(2100, 1, 1, tzinfo=UTC).replace(tzinfo=None)
instants = st.datetimes(_FIRST, _LAST, timezones=st.just(UTC))
texts = st.text(st.characters(codec="utf-8"), max_size=20)
personals = st.one_of(st.builds(Plain, texts), st.builds(Sealed, texts, texts))
actors = st.builds(Actor, texts, texts, st.sampled_from(Role))
sources = st.builds(
    Source,
    name=texts,
    case=texts,
    place=st.integers(1, 10_000),
    activity=texts,
    resource=st.none() | texts | personals,
    attributes=st.dictionaries(texts, texts | personals, max_size=3),
)

_SCALARS: dict[type, st.SearchStrategy[Any]] = {
    Decimal: st.decimals(allow_nan=False, allow_infinity=False),
    datetime: instants,
    date: st.dates(),
}


def _values(kind: Any, bounds: msgspec.Meta = msgspec.Meta()) -> st.SearchStrategy[Any]:  # noqa: B008
    """Any value of a field's type: the types of the contract are few, so this is the whole list."""
    origin, members = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Annotated:
        return _values(members[0], members[1])
    if origin in (typing.Union, UnionType):
        return st.one_of([_values(member) for member in members])
    if origin is tuple:
        least, most = bounds.min_length or 0, bounds.max_length or max(3, bounds.min_length or 0)
        return st.lists(_values(members[0]), min_size=least, max_size=most).map(tuple)
    if origin is dict:
        return st.dictionaries(_values(members[0]), _values(members[1]), max_size=3)
    if kind in _SCALARS:
        return _SCALARS[kind]
    if kind is str:
        return texts if bounds.pattern is None else st.from_regex(bounds.pattern, fullmatch=True)
    if kind is int:
        return _numbers(bounds)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        fields = typing.get_type_hints(kind, include_extras=True)
        return st.builds(kind, **{name: _values(field) for name, field in fields.items()})
    return st.from_type(kind)


def _numbers(bounds: msgspec.Meta) -> st.SearchStrategy[int]:
    least = bounds.ge if bounds.gt is None else bounds.gt + 1
    most = bounds.le if bounds.lt is None else bounds.lt - 1
    return st.integers(int(least or 0), 2**53 if most is None else int(most))


def facts_of(struct: type[EventData]) -> st.SearchStrategy[Fact[EventData]]:
    """Any fact with content of that type."""
    return st.builds(
        Fact,
        occurred_at=instants,
        actor=actors,
        on_behalf_of=st.none() | actors,
        command_id=st.uuids(),
        correlation_id=st.uuids(),
        causation_id=st.none() | texts,
        implied=st.booleans(),
        source=st.none() | sources,
        data=_values(struct),
    )


any_fact = st.one_of([facts_of(event_type.struct) for event_type in EVENT_TYPES.all])


@st.composite
def stored_events(draw: st.DrawFn) -> StoredEvent:
    """Any row of the store's log."""
    fact = draw(any_fact)
    return StoredEvent(
        position=draw(st.integers(1, 2**63 - 1)),
        stream_id=draw(st.uuids()),
        version=draw(st.integers(1, 2**31)),
        type=EVENT_TYPES.name_of(fact.data),
        recorded_at=draw(instants),
        body=EVENT_TYPES.encode(fact),
    )
