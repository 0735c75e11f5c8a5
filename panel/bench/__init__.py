"""Figures: how long pages and orders take when there are many of them, and whether that grows with their number."""
