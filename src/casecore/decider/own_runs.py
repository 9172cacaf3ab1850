"""The actors of the installation's own runs. A run acts as the system itself, whoever starts it."""

from __future__ import annotations

from casecore.contract.envelope import Role
from casecore.decider.command import GivenActor

_OWN = "casecore"

BILLING_RUN = GivenActor(person="billing-run", organisation=_OWN, role=Role.SYSTEM)
SERVICE_LEVEL_WATCH = GivenActor(person="service-level-watch", organisation=_OWN, role=Role.SYSTEM)

OWN_RUNS = frozenset({BILLING_RUN, SERVICE_LEVEL_WATCH})
"""They go on with what they find stored: every id that they give comes from there."""
