"""Records that could not be applied: listed, tried again, or left out by decision."""
