"""The campaign tree: who hangs where, what is done there, and closing at any level."""
