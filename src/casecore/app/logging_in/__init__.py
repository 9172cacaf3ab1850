"""Who is logged in to the page, and who is about to: kept in PostgreSQL."""
