"""What tells a page that something on it has changed."""
