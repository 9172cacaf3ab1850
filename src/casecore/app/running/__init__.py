"""Running an installation: its processes started, stopped and asked, and what each of them does."""
