"""What checks the log and needs nothing but Python: the modules that a stranger is handed."""
