"""The child's social workers."""
