"""Commands beyond one at a time: many at once, and one that was given before."""
