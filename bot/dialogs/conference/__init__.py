"""The resident conference."""
