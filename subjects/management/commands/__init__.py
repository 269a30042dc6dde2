"""Each command of `manage.py`."""
