"""The story of one case, told through HTTP against a running portal, and checked at every step."""
