"""The face of Vitrail, for guests: `import vitrail as vt`."""
