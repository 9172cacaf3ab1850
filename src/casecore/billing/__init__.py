"""Billing: which maintenance fees fell due, who owes them, how they are taxed, and in which document."""
