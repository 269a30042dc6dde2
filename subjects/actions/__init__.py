"""Verbs: each file one thing that people or machines do with a case, whole or not at all."""
