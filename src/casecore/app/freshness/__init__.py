"""How new an answer of a view is: waiting until the view has what is stored, and saying what it lacks."""
