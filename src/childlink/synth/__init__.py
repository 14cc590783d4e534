"""Made-up returns and extracts whose truth is known, from a seed.

``make_ssda903`` makes an SSDA903 return of this year and last; ``make_cin`` a children in need census;
``make_linkage`` extracts of education, health and social care about the same children. All are pure: the same
arguments, and the same version of childlink, Faker and nicknames, give the same frames.
"""

from childlink.synth.cin import SyntheticCin, make_cin
from childlink.synth.linkage import SyntheticExtracts, make_linkage
from childlink.synth.rates import LinkageRates, rate_names, rates_with
from childlink.synth.ssda903 import SyntheticReturn, make_ssda903

__all__ = [
    "LinkageRates",
    "SyntheticCin",
    "SyntheticExtracts",
    "SyntheticReturn",
    "make_cin",
    "make_linkage",
    "make_ssda903",
    "rate_names",
    "rates_with",
]
