"""A policy as people read it: what is promised to whom, by which calendar, and each version since when."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import quote

from casecore.app.service_levels.policies_and_calendars import policy_in
from casecore.contract.service_levels import Policy
from casecore.web.pages.page import AnyPage, Look, PageAsked, Shown, SitePage
from casecore.web.pages.service_levels.book import SCOPES, SECTION, seen_book, standing_of


class PolicyShownOf(PageAsked, frozen=True):
    """Which policy; the version that is in force, or else the last one, unless one is named."""

    policy: str
    version: int | None = None


class VersionShown(NamedTuple):
    """A version of a policy, and whether it is in force."""

    policy: Policy
    standing: str


class PolicyShown(NamedTuple):
    """A version of a policy, and all versions, the last one first."""

    policy: Policy
    standing: str
    definition_sha256: str
    versions: Sequence[VersionShown]


def load_policy_page(look: Look, asked: PolicyShownOf) -> Shown:
    """A version of a policy."""
    book = seen_book(look)
    in_force = book.in_force(asked.policy, look.now)
    version = asked.version or (in_force.version if in_force else None)
    found = policy_in(book, asked.policy, version)
    all_versions = [one.policy for one in book.policies[asked.policy]]
    versions = [VersionShown(one, standing_of(one, all_versions, look.now)) for one in reversed(all_versions)]
    return Shown(
        title=found.policy.id,
        content=PolicyShown(
            policy=found.policy,
            standing=standing_of(found.policy, all_versions, look.now),
            definition_sha256=found.definition_sha256,
            versions=versions,
        ),
        api=f"/v1/policies/{quote(found.policy.id, safe='')}?version={found.policy.version}",
    )


PAGES: tuple[AnyPage, ...] = (
    SitePage(
        "/service-levels/policies/{policy:path}",
        SECTION,
        SCOPES,
        PolicyShownOf,
        "service_levels/policy.html",
        load_policy_page,
    ),
)
