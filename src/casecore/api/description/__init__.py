"""What the API is, for programs (OpenAPI 3.1) and for people (pages), made from the tables that serve it."""
