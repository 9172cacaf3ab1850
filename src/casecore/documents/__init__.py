"""Documents: from all that an invoice says to the bytes that are issued. Knows no store and no clock."""
