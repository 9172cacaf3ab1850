"""Background runs: those that somebody asks for and does not wait for, with a status that outlives both."""
