"""Media: values that are files, one file a medium."""
