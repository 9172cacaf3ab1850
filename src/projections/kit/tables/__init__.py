"""A view's schema in PostgreSQL: made, checked, read and written."""
