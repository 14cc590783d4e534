"""Decisions that a child should be placed for adoption."""
