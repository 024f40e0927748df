"""Events and the ordered stages through which they are carried out."""
