"""Who a child is: its ids, birth, sex and death."""

from __future__ import annotations
