"""Placement types, providers and ages."""
