"""What children are: ethnicity and disabilities."""

from __future__ import annotations
