"""For what an identity may be used on the page."""

from __future__ import annotations

from collections.abc import Iterable

from casecore.errors.kinds import CasecoreError, Kind
from casecore.identity.identity import Identity, Scope


class PageNotYours(CasecoreError):
    """The page is for others."""

    kind = Kind.FORBIDDEN

    def __init__(self, scopes: tuple[str, ...]) -> None:
        super().__init__(f"this page needs a login of the scope {' or '.join(scopes)}")
        self.scopes = scopes


def check_scopes(identity: Identity, scopes: Iterable[Scope]) -> None:
    """Raise PageNotYours unless an identity may be used for one of these."""
    if not identity.scopes.intersection(scopes):
        raise PageNotYours(tuple(scope.value for scope in scopes))
