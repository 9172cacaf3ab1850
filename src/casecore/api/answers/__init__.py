"""The endpoints of answers: questions and files, each asked in a thread for an identity."""
