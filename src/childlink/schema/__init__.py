"""Declarative schemas (``schemas/*.yaml``) and their compilation to Pandera (polars) schemas."""
