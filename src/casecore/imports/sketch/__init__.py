"""A first mapping for a log, made from what is found in it."""
