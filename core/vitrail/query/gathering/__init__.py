"""The accumulators of the language, one family a file."""
