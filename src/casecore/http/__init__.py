"""What all doors over HTTP share: the server that listens, what protects it, and how errors are answered."""
