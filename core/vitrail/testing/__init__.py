"""Contract tests for authors of plugins; a test module subclasses one and names what it tests.

from vitrail.testing import VisualizerContract

class TestStars(VisualizerContract):
    visualizer = Stars
"""

from vitrail.testing.contract import VisualizerContract
from vitrail.testing.frame import MemoryFrame

__all__ = ["MemoryFrame", "VisualizerContract"]
