"""Import of files: a profile says what the columns mean, the product's rules say what may in."""
