"""The deciders of billing: its terms, packages' accounts, the series of documents, and buyers."""

from __future__ import annotations

from casecore.billing.account_decider import ACCOUNTS
from casecore.billing.buyer_decider import BUYERS
from casecore.billing.series_decider import DOCUMENTS
from casecore.billing.terms_decider import TERMS

BILLING_DECIDERS = (TERMS, ACCOUNTS, DOCUMENTS, BUYERS)
