"""Who is who at a door that people and programs reach over a network: keys, tokens, and what each may do."""
