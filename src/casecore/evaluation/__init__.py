"""Whole histories put through the clocks: from a file, under another policy, and into facts."""
