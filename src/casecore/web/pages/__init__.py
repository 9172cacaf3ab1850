"""The pages: what each shows, from which functions of the app."""
