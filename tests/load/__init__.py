"""Measurements: run by `make bench` and `make bench-log`, and short by the tests."""
