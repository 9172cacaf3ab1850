"""What can be asked about parties and licences."""
