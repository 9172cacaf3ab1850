"""Histories in the formats of process mining's tools: XES (IEEE 1849) and OCEL 2.0, written as streams."""
