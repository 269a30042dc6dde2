"""The package for an authority: a bag that proves itself, and the report in it."""
