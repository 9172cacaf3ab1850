"""How each picture is drawn from its rows."""
