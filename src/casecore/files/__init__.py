"""Files that people get: put there whole or not at all, and safe to open with a spreadsheet."""
