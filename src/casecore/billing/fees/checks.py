"""Checks of the terms of a fee: whether its service has such fees, its amounts, and its topics."""

from __future__ import annotations

from casecore.billing.commands import MOST_CENTS
from casecore.billing.fees import refusals
from casecore.contract.fees import (
    FeeByEffort,
    FeeByTopic,
    FeeForEachCase,
    FeeService,
    FeeTerms,
    NoFee,
    TopicAmount,
    YearlyFee,
)

_EVERY_SERVICE = (NoFee, FeeForEachCase, FeeByTopic)
# domain.md, "What": a seller charges yearly, once, or not; a partner has no package with which a year could
# begin.
_KINDS: dict[FeeService, tuple[type[FeeTerms], ...]] = {
    FeeService.LEVEL_0: (*_EVERY_SERVICE, YearlyFee),
    FeeService.USER_SUPPORT: (*_EVERY_SERVICE, FeeByEffort),
}


def check_terms(terms: FeeTerms, service: FeeService, topics: frozenset[str]) -> None:
    """Raise FeeNotOfService, FeeOutOfRange or a refusal of a topic; `topics` are those of the service."""
    if not isinstance(terms, _KINDS[service]):
        possible = tuple(_name(kind) for kind in _KINDS[service])
        raise refusals.FeeNotOfService(_name(type(terms)), service.value, possible)
    match terms:
        case NoFee():
            return
        case YearlyFee(net_cents=cents) | FeeForEachCase(net_cents=cents):
            _check_cents("terms.net_cents", cents)
        case FeeByEffort(cents_per_hour=cents):
            _check_cents("terms.cents_per_hour", cents)
        case FeeByTopic(amounts=amounts):
            _check_amounts(amounts, service, topics)


def _check_amounts(amounts: tuple[TopicAmount, ...], service: FeeService, topics: frozenset[str]) -> None:
    if not amounts:
        raise refusals.FeeTopicsMissing()
    seen: set[str] = set()
    for amount in amounts:
        if amount.topic not in topics:
            raise refusals.FeeTopicUnknown(amount.topic[:100], service.value, tuple(topics))
        if amount.topic in seen:
            raise refusals.FeeTopicTwice(amount.topic)
        seen.add(amount.topic)
        _check_cents(f"terms.amounts of {amount.topic}", amount.net_cents)


def _check_cents(field: str, cents: int) -> None:
    if not 0 <= cents <= MOST_CENTS:
        raise refusals.FeeOutOfRange(field, cents, MOST_CENTS)


def _name(kind: type[FeeTerms]) -> str:
    return str(kind.__struct_config__.tag)
