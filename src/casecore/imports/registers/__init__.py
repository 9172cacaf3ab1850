"""Tables of parties and licences that are imported."""
