"""The timeline: a row for each event of a case, in order."""
