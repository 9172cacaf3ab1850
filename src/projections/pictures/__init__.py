"""What all pictures of operations share: which cases and days, and the cases behind a figure."""
