#!/usr/bin/env bash
# Install Debian packages by name, with sudo when we are not root; say clearly when that is impossible.
set -euo pipefail
run=()
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null || { echo "Please install as root: apt-get install $*" >&2; exit 1; }
  run=(sudo)
fi
echo "Installing $* (Debian) …"
export DEBIAN_FRONTEND=noninteractive
"${run[@]}" apt-get install -y -qq --no-install-recommends "$@" >/dev/null 2>&1 || {
  "${run[@]}" apt-get update -qq
  "${run[@]}" apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}
