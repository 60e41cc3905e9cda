"""curl on this machine, as strangers have it: promised where browsers are, else the test skips."""

import os
import shutil

import pytest

MISSING = "NO CURL: curl was not found, so no stranger came with it (apt-get install curl)"


def curl_path() -> str:
    """Where it is; without one the test is skipped, or fails where tools were promised."""
    found = shutil.which("curl")
    if found:
        return found
    if os.environ.get("ARENA_REQUIRE_BROWSER") == "1":
        pytest.fail(MISSING)
    pytest.skip(MISSING)
