"""Parties and licence packages: commands on them, and what the store itself has of them."""
