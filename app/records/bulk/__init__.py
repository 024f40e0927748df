"""Acts on many records at once: planned, shown, done in one transaction, taken back as a whole."""
