"""Legal status."""
