"""The composition root and the use cases: what one can ask and order, for every door."""
