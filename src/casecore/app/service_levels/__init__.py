"""Service levels: calendars and policies published, policies pinned, and clocks shown and explained."""
