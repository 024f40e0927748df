"""Features: typed attributes that admins define while people work."""
