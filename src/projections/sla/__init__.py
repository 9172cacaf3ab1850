"""The service levels: each clock of a case with its due and its status, and how long each had custody."""
