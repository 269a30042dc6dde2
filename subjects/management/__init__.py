"""The operator's door: commands, and the programs they start."""
