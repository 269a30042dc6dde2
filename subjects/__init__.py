"""The rights portal's app: what a person asks about their face, and what is done about it."""
