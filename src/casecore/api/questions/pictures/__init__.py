"""What can be asked about the pictures of operations, and about the cases behind their figures."""
