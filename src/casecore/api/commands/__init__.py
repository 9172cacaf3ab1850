"""Commands over HTTP: each action, a calendar or policy to publish, and runs as operations."""
