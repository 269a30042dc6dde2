"""Real servers for the tests that need them: PostgreSQL and Valkey."""
