"""Looked-after children who are mothers."""
