"""The checks of the DfE's children's social care API payload; importing its modules fills the ``book``.

They are those that the public pre-flight checks and extract of Data to Insight make; the DfE publishes no codes for
them. api-a to api-h are constraints of schemas/csc_api.yaml.
"""

from childlink.rules.csc_api import identity
from childlink.rules.csc_api.tables import book

__all__ = ["book", "identity"]
