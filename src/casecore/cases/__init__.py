"""The case: its lifecycle, who may do what, and how commands become facts."""
