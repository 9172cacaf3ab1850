"""What every expected error of the program has in common: a kind, a code, and a message for its reader."""
