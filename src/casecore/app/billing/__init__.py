"""Billing: what is charged and how it is taxed, the runs, and where a figure came from."""
