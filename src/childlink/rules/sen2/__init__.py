"""The checks of SEN2, all of them childlink's own; importing its modules fills the ``book``.

Each follows from a condition of the DfE's guide, or of the schemas written from it; the DfE's own rules, codes and
messages are not established. sen2-b and sen2-g are constraints of schemas/sen2.yaml.
"""

from childlink.rules.sen2 import identity, plans, requests
from childlink.rules.sen2.tables import book

__all__ = ["book", "identity", "plans", "requests"]
