"""Unit tests of the linkage engine."""
