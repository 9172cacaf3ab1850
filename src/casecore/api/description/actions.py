"""The endpoints of actions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from casecore.api.commands.resources import CASES, Resource
from casecore.billing.commands import HoldBuyer, ReleaseBuyer
from casecore.billing.fees.commands import EndFeeAgreement, WithdrawFeeAgreement
from casecore.cases.commands import OpenCase
from casecore.decider.command import Action

ON_WHAT_IS_THERE = (EndFeeAgreement, WithdrawFeeAgreement, HoldBuyer, ReleaseBuyer)
"""Those, beside the ones of streams that have a version, on something which may not be there."""


class ActionEndpoint(NamedTuple):
    """Where an action is given; without `verb` it opens a case whose reference follows from the command."""

    resource: Resource
    verb: str
    action: type[Action]

    @property
    def path(self) -> str:
        """Its path, in which the address has its own name."""
        if not self.verb:
            return self.resource.path.removesuffix("/{address}")
        return f"{self.resource.path.replace('{address}', f'{{{self.resource.address}}}')}/{self.verb}"


def action_endpoints(resources: Iterable[Resource]) -> list[ActionEndpoint]:
    """All endpoints of actions."""
    opening = ActionEndpoint(CASES, "", OpenCase)
    others = (ActionEndpoint(one, verb, do) for one in resources for verb, do in one.actions.items())
    return [opening, *others]
