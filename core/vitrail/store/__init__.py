"""Versioned, content-addressed artifacts with lineage."""
