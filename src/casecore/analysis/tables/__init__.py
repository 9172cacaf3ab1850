"""The tables of a history: their columns, and a case's rows of each."""
