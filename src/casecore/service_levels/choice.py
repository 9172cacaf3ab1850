"""Which policy applies to a case: of those that match, the most specific."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from casecore.contract.cases import Category, Level, Priority
from casecore.contract.service_levels import Covers, Match, Policy
from casecore.service_levels.book import Book, in_force


class CaseFacts(NamedTuple):
    """What a policy is chosen by: the case's category, priority and topic at that moment, and its parties."""

    category: Category
    priority: Priority
    topic: str
    customer: str
    seller: str
    vendor: str
    partner: str | None


def choose(book: Book, covers: Covers, facts: CaseFacts, at: datetime) -> Policy | None:
    """The policy that applies to a case at an instant, or None.

    For the whole case it is the first contact's own if one matches, else the vendor's; for a level it is that
    of the organisation which gives the level in this case (the seller, the vendor or the partner).
    """
    versions = ([published.policy for published in policy] for policy in book.policies.values())
    candidates = [policy for each in versions if (policy := in_force(each, at)) is not None]
    return most_specific(candidates, covers, facts)


def most_specific(policies: Sequence[Policy], covers: Covers, facts: CaseFacts) -> Policy | None:
    """Of the policies that match a case the one that applies to what it covers, or None."""
    for organisation in givers(covers, facts):
        own = [
            policy
            for policy in policies
            if policy.covers is covers
            and policy.organisation == organisation
            and matches(policy.match, facts)
        ]
        if own:
            return max(own, key=lambda policy: specificity(policy.match))
    return None


def givers(covers: Covers, facts: CaseFacts) -> tuple[str | None, ...]:
    """The organisations whose policies are considered, in this order."""
    match covers.level:
        case Level.LEVEL_0:
            return (facts.seller,)
        case Level.LEVEL_1:
            return (facts.vendor,)
        case Level.PARTNER:
            return (facts.partner,)
        case None:
            user_support = facts.category is Category.USER_SUPPORT
            return (facts.partner if user_support else facts.seller, facts.vendor)


def matches(match: Match, facts: CaseFacts) -> bool:
    """Whether a policy matches a case: in each field with values the case has one of them."""
    return (
        (not match.categories or facts.category in match.categories)
        and (not match.priorities or facts.priority in match.priorities)
        and (not match.topics or facts.topic in match.topics)
        and (not match.sellers or facts.seller in match.sellers)
        and (not match.customers or facts.customer in match.customers)
    )


def specificity(match: Match) -> tuple[bool, ...]:
    """How specific a match is: one with customers comes before one without, then sellers, topics, …"""
    return tuple(bool(values) for values in _fields(match))


def rivals(policy: Policy, others: Iterable[Sequence[Policy]]) -> list[Policy]:
    """The policies that could be as specific as this one for the same case at the same time.

    `others` holds the versions of each other policy, in order.
    """
    return [
        rival
        for versions in others
        for place, rival in enumerate(versions)
        if ties(policy, rival) and _meet(policy, rival, versions[place + 1 :])
    ]


def ties(one: Policy, other: Policy) -> bool:
    """Whether both could be as specific for the same case, whenever they are in force."""
    return (
        one.organisation == other.organisation
        and one.covers is other.covers
        and _overlap(one.match, other.match)
    )


def _fields(match: Match) -> tuple[tuple[object, ...], ...]:
    """The fields by weight."""
    return (match.customers, match.sellers, match.topics, match.priorities, match.categories)


def _overlap(one: Match, other: Match) -> bool:
    pairs = zip(_fields(one), _fields(other), strict=True)
    return all(bool(a) == bool(b) and (not a or not set(a).isdisjoint(b)) for a, b in pairs)


def _meet(policy: Policy, rival: Policy, later: Sequence[Policy]) -> bool:
    """Whether both are in force at some instant; a rival's later versions take over from it."""
    ends = [version.in_force_from for version in later]
    if rival.in_force_until is not None:
        ends.append(rival.in_force_until)
    end = min(ends, default=None)
    starts_at = max(policy.in_force_from, rival.in_force_from)
    return all(until is None or starts_at < until for until in (end, policy.in_force_until))
