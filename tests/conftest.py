"""What every test may use: the facts in ../shared where they are, and a runner for the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

PROJECT = Path(__file__).parents[1]
SHARED = PROJECT.parent / "shared"
EXTRACTS = {
    name: PROJECT / "fixtures" / "linkage" / f"{name}.csv" for name in ("education", "health", "social_care")
}

# derandomize: the same examples each run, so that a red build is red for everybody
hypothesis_settings.register_profile(
    "childlink", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("childlink")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder ../shared beside the project, or a skip where this machine has none."""
    if not SHARED.is_dir():
        pytest.skip("../shared (the project's facts and conformance cases) is not on this machine")
    return SHARED


@pytest.fixture(scope="session")
def linked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a linkage of the example extracts: for reading only."""
    from childlink.linkage.run import run_link

    out = tmp_path_factory.mktemp("linked") / "out"
    run_link(sources=EXTRACTS, output=out, seed=1)
    return out
