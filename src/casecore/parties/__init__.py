"""Parties: who buys, sells and supports, with what a document says of them."""
