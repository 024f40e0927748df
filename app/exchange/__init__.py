"""Import of files: a profile says what a file's columns mean, the product's rules say what may in."""
