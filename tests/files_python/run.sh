#!/usr/bin/env bash
# Files of every study, read by numpy, pandas, polars and pyarrow. Exit code 77: these cannot be installed here.
# Usage: tests/files_python/run.sh PROGRAM
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
program="$(realpath "$1")"
python="$here/../../target/files_python"

ready() { "$python/bin/python" -c "import numpy, pandas, polars, pyarrow" 2>/dev/null; }

if ! ready; then
  python3 -m venv "$python" >/dev/null 2>&1 || exit 77
  "$python/bin/pip" install --quiet numpy pandas polars pyarrow >/dev/null 2>&1 || exit 77
  ready || exit 77
fi
"$python/bin/python" "$here/load.py" "$program"
