"""The door over HTTP: it decodes requests, calls `casecore.app`, and encodes answers."""
