"""One way to connect to PostgreSQL, with one set of limits, and what its errors mean to the program."""
