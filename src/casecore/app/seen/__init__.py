"""What a viewer sees of a case: its row, its events, and where these are; nothing of what is not theirs."""
