"""Issuing a document again, with the particulars of its buyer as they are recorded now. Pure."""
