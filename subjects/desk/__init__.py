"""The door of the staff: queue, review, approval."""
