"""The event feed over HTTP: pages as JSON, and streams of server-sent events."""
