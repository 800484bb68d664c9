"""$setWindowFields $fill $densify: rows beside other rows."""
