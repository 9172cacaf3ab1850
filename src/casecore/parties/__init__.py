"""Parties: those that buy, sell and support, with the details that a document prints."""
