"""Cases as they stood and were known on a day: one of them step by step, and all of them counted."""
