"""The actor of the commands that runs give."""

from __future__ import annotations

from casecore.contract.envelope import Role
from casecore.decider.command import GivenActor

BILLING_RUN = GivenActor(person="billing-run", organisation="casecore", role=Role.SYSTEM)
"""A run acts as the system itself (domain.md, "A case's life"), whichever person starts it."""
