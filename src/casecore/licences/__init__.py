"""Licence packages: the customer of each, from when until when it runs, and its seller on each day."""
