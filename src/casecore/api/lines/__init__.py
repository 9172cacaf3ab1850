"""Many commands in one request, a JSON document on each line, and an answer on each line of the response."""
