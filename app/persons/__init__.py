"""Persons and the contractors they serve."""
