"""Who may see what: one table of rules, which every query of a door that has identities applies."""
