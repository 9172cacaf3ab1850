"""Who may ask for which run: by the scope of an identity, and by whose business the run is."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import get_args

from casecore.app.application import Application
from casecore.app.background_runs.asked import AnyRun, BillingRun, PinRun
from casecore.app.service_levels.policies_and_calendars import check_policy_of
from casecore.billing.checks import check_actor
from casecore.decider.command import GivenActor
from casecore.identity.identity import Identity, Scope

BILLING_SCOPE = Scope.ACCOUNTANT
PINNING_SCOPE = Scope.AGENT

_SCOPES: Mapping[str, Scope] = MappingProxyType(
    {
        **{str(one.__struct_config__.tag): BILLING_SCOPE for one in get_args(BillingRun)},
        str(PinRun.__struct_config__.tag): PINNING_SCOPE,
    }
)
"""What an identity must have to ask for each kind of run, and to see what became of it."""


def kinds_for(identity: Identity) -> list[str]:
    """The kinds of runs that an identity may ask for, and see what became of them."""
    return [kind for kind, scope in _SCOPES.items() if identity.has(scope)]


def check_may_run(app: Application, asked: AnyRun, actor: GivenActor) -> None:
    """Raise a Refusal unless it is the actor's business: runs of billing are the vendor's, a policy is its
    organisation's.

    Raises TablesMissing and DatabaseUnavailable, too.
    """
    if isinstance(asked, PinRun):
        check_policy_of(app, asked.policy, asked.version, actor.organisation)
    else:
        check_actor(actor, app.settings.vendor)
