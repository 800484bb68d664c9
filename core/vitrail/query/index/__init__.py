"""A second place for a table's rows, built behind the user's back and quicker to ask than its files."""
