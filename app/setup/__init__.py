"""Preparing a database: migration, roles and permissions, first admin, demo data."""
