"""The casecore command: a door that reads options, calls app, and prints."""
