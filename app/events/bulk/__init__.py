"""Acts on many events and stages: the rules are those of the single acts, the writing is not."""
