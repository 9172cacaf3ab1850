"""What a user would pick instead, each written as its own documentation shows and set up at its best."""
