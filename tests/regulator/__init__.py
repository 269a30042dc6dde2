"""Tests of the authority's door."""
