"""The person's door: what anybody can ask for, and see of their own case, without an account."""
