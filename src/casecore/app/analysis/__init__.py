"""Histories for analysts: exports, mining, and what they are asked at the prompt."""
