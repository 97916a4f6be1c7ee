"""A Result as a rich table, as plain text, or as JSON."""
