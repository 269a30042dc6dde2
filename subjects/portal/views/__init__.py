"""The pages of the person's door, one file for each step of the way."""
