"""Staff: sign-in, sessions, roles, API keys."""
