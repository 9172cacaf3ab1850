"""Synthetic data: a made-up business of any size, with the shapes of a real help desk's log. Pure."""
