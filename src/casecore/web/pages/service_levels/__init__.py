"""The pages of service levels: what is promised, by which calendar, and what other promises would do."""
