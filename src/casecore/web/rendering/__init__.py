"""How answers become HTML, in the language and the time zone of who looks."""
