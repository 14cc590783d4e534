"""Rules across several returns, all childlink's own: what no single return can say; importing fills the ``book``.

Each rule has a code X-..., a condition and, under "Why", the reason for it. A difference that can be right
is a query. What the facts do not settle is not looked at: ethnicity of SEN2 and the school census (a longer
set of codes, recorded by schools), categories of need, disabilities (the SSDA903 has none), and whether
special needs and plans agree (the school census is of another day than SEN2).
"""

from childlink.rules.cross import deaths, education, identity, looked_after, upns
from childlink.rules.cross.tables import book

__all__ = ["book", "deaths", "education", "identity", "looked_after", "upns"]
