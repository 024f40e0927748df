"""Saved views: a list as somebody wants to see it again, shown as tabs above the register."""
