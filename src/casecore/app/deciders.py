"""Every kind of stream that takes commands."""

from __future__ import annotations

from casecore.billing.deciders import BILLING_DECIDERS
from casecore.cases.decider import CASES
from casecore.licences.decider import LICENCES
from casecore.parties.decider import PARTIES
from casecore.runs.fee_deciders import FEE_DECIDERS
from casecore.service_levels.decider import SERVICE_LEVELS

DECIDERS = (CASES, SERVICE_LEVELS, PARTIES, LICENCES, *BILLING_DECIDERS, *FEE_DECIDERS)
