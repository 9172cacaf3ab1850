"""Billing: the ledger, the charges, the documents and the settlements, each traceable to its events."""
