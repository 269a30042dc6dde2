"""The door of programs: its place in the layers; it opens nothing yet."""
