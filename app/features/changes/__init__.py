"""Changing definitions that are in use: what it touches, the change itself, and the way back."""
