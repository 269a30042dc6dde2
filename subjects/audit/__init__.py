"""The log: what was done and when, in bytes that never change and hold no personal data."""
