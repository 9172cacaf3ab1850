"""The commands of casecore: a module or folder for each, of its name."""
