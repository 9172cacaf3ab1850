"""Calendars and clocks: from a case's events and an instant to every figure of its service levels."""
