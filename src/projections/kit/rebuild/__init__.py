"""A view built a second time: compared with the live one, or swapped in."""
