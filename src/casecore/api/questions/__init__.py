"""What can be asked over HTTP: a table of questions, each with its parameters and the form of its answer."""
