"""Histories as tables: exports, replay, mining, and what-if, for analysts and the tools they have."""
