"""The times of a log: the forms in which they are written, and what instants they are."""
