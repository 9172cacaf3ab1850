"""Billing: the maintenance fees that fell due, who owes them, their tax, and the documents that bill them."""
