"""Who changed what, when and through which door; written at flush, in the same transaction."""
