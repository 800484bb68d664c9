"""The operators of the query language, one file a family."""
