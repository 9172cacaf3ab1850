"""The account: who is logged in, and for what the login may be used."""

from __future__ import annotations

from typing import NamedTuple

from casecore.identity.identity import Scope
from casecore.web.pages.page import AnyPage, Look, PageAsked, Shown, SitePage
from casecore.web.rendering.words import N_


class AccountOf(PageAsked, frozen=True):
    """Nothing: it is of who looks."""


class AccountShown(NamedTuple):
    """For what the login may be used, and by which key or client it was shown."""

    scopes: list[str]
    shown_by: str


def load_account(look: Look, _: AccountOf) -> Shown:
    """Who is logged in."""
    scopes = sorted(scope.value for scope in look.identity.scopes)
    return Shown(N_("Account"), AccountShown(scopes, look.identity.shown_by))


PAGES: tuple[AnyPage, ...] = (
    SitePage("/account", "account", tuple(Scope), AccountOf, "account.html", load_account),
)
