"""The graph of runs and artifacts: what it is made of, where it lies, how it looks."""
