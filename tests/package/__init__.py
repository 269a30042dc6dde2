"""Tests of the package for an authority."""
