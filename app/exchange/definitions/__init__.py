"""Definitions as files: features with their values, campaigns, series and roles, in YAML."""
