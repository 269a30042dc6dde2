"""Tests of the operator's commands and of the servers they start."""
