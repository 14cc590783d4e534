#!/usr/bin/env bash
# Install the browser that the tests of the HTML reports drive: Debian's chromium and chromium-driver, where they
# are missing and this user may install. Without them those tests skip, and say so.
set -euo pipefail
if command -v chromium >/dev/null && command -v chromedriver >/dev/null; then exit 0; fi
if ! command -v apt-get >/dev/null; then echo "no apt-get: browser tests will skip" >&2; exit 0; fi
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! sudo --non-interactive true 2>/dev/null; then echo "not root: browser tests will skip" >&2; exit 0; fi
  as_root=(sudo --non-interactive)
fi
"${as_root[@]}" apt-get update --quiet --quiet
DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install --quiet --quiet --yes --no-install-recommends \
  chromium chromium-driver
