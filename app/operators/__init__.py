"""Operators, their teams, sessions and logins."""
