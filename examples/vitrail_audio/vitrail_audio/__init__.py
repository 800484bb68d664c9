"""Sounds in the cells of a table."""

from vitrail_audio.medium import Audio as Audio
