"""How the steps of a pipeline become SQL, one kind of row a file."""
