"""The command bus: all that waits is loaded, decided and stored together, and everyone gets an answer."""
