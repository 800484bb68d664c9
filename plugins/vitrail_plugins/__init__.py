"""The panes that Vitrail brings."""
