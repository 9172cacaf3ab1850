"""The form by which a case is opened: whose it is follows from who opens it, as far as it does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from casecore.app.seen.known_names import Names, names_for_a_case
from casecore.cases.topics import TOPICS
from casecore.contract.cases import Category
from casecore.contract.envelope import Role
from casecore.identity.identity import Scope
from casecore.web.pages.page import AnyPage, Look, PageAsked, Shown, SitePage
from casecore.web.rendering.words import N_

_NEEDED = ("customer", "seller")
"""Whom a case names in any case: who is the only one known is filled in."""


class OpeningOf(PageAsked, frozen=True):
    """What is filled in already: a link of another program may know the customer."""

    customer: str = ""
    seller: str = ""
    topic: str = ""


class Opening(NamedTuple):
    """What is filled in, and what can be chosen; `fixed` is the field that names one's own organisation.

    `known` are the names of organisations, by field, which whoever looks knows anyway.
    """

    given: Mapping[str, str]
    fixed: str
    topics: Mapping[str, tuple[str, ...]]
    known: Names


def load_opening(look: Look, asked: OpeningOf) -> Shown:
    """The empty form."""
    actor = look.identity.actor
    fixed = {Role.CUSTOMER: "customer", Role.SELLER: "seller", Role.PARTNER: "partner"}.get(actor.role, "")
    given = {"customer": asked.customer, "seller": asked.seller, "partner": "", "topic": asked.topic}
    if fixed:
        given[fixed] = actor.organisation
    known = names_for_a_case(look.app, look.viewer)
    for field in _NEEDED:
        if not given[field] and len(known[field]) == 1:
            given[field] = known[field][0]
    by_category = {
        one.value: tuple(topic.id for topic in TOPICS.values() if topic.category is one) for one in Category
    }
    return Shown(
        title=N_("Open a case"), content=Opening(given, fixed, by_category, known), api="POST /v1/cases"
    )


PAGES: tuple[AnyPage, ...] = (
    SitePage("/cases/new", "cases", (Scope.AGENT,), OpeningOf, "opening.html", load_opening),
)
