#!/usr/bin/env bash
# A C compiler and Python's headers, which the compiled media path is built with; nothing when both are there.
set -euo pipefail
headers="$("$1" -c 'import sysconfig; print(sysconfig.get_paths()["include"])')"
command -v gcc >/dev/null && [ -e "$headers/Python.h" ] || "$(dirname "$0")/apt.sh" gcc libc6-dev python3-dev
