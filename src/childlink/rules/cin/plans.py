"""Child in need plans."""

from __future__ import annotations
