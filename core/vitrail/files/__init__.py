"""Guests' files, read a block at a time: Parquet, CSV, JSON lines."""
