"""The door of the regulator: its place in the layers; it opens nothing yet."""
