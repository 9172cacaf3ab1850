"""What can be asked about promises, and how far they are kept."""
