"""The API on a hostile network: what is let in, how fast, for how long, and what is written down of it."""
