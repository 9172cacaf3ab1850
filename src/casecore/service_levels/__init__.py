"""Calendars and policies: how they are written, checked, published and chosen."""
