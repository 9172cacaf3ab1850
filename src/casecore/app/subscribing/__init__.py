"""Listening to the topics at the prompt: what is wanted of them, where that begins, and what comes."""
