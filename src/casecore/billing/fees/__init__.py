"""What sellers and support partners charge their own customers: agreements, fees, memos, statements. Pure."""
