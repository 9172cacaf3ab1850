"""How somebody logs in and out."""
