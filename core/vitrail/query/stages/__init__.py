"""The stages of a pipeline, read into plans, one family a file."""
