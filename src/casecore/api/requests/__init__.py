"""What a request says: its body, and the headers that commands and answers know."""
