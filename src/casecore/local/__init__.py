"""PostgreSQL, Kafka and the program's own processes on this machine, for people who run none of their own."""
