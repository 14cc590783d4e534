"""The register of children: which record of which source belongs to which lasting child id.

It holds keyed tokens of source records and random ids, never a name, a number or a record id.
"""

from childlink.register.assignment import Assignment
from childlink.register.keys import read_key, read_or_create_key
from childlink.register.store import Register, open_register

__all__ = ["Assignment", "Register", "open_register", "read_key", "read_or_create_key"]
