"""The tables of the portal, step by step."""
