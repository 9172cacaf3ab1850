"""The pictures that operations people look at."""
