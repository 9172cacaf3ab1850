"""Licence packages: who has one, since when, sold by whom, until when."""
