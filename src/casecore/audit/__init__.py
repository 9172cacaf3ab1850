"""Store against topics against views: one follower, run to the end once, or for ever beside production."""
