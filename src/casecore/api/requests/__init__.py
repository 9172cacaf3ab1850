"""How a command is given over HTTP, beside what it says: in headers, and in the query."""
