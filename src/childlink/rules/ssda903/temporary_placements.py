"""Temporary placements (T0 to T4)."""
