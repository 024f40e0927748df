"""Lists: filters, order, pages that stay quick at any length, and global search."""
