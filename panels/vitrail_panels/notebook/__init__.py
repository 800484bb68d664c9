"""Tables in the cells of notebooks."""
