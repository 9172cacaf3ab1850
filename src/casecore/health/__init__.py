"""Health checks over HTTP: /health and /metrics of a process, and how another process asks for them."""
