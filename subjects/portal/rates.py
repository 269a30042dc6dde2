"""Counts for the person's door; the counting itself serves the desk as well and is in `rates`."""

from subjects.rates import over_limit

__all__ = ["over_limit"]
