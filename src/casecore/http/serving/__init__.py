"""The server as a process: it listens, drains, and says what it did."""
