"""Operators over values of several kinds, worked out on the decoded values themselves, one family a file."""
