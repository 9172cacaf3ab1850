"""What the body of a request says, bounded."""
