"""What callers of a view use: a session, waiting for an own write, answers of one snapshot."""
