"""The casecore command: the only place that imports both sides and puts them together."""
