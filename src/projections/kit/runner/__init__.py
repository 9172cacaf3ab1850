"""The process that keeps a view up to date."""
