"""Money: cents, rates, and the one place where anything is rounded. Pure."""
