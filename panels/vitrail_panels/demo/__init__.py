"""A real project to look at: handwritten digits, scenes composed of them, two trained detectors."""
