"""How long the engine's answers take beside hand-written SQL over the same files."""
