#!/usr/bin/env bash
# The long forms: every test that is ignored by default, and the property tests with new seeds and
# more cases. Failures of these are kept beside the sources in proptest-regressions.
#
#   tests/long.sh                 all of it (hours on two cores)
#   tests/long.sh NAME ...        only the tests whose name contains one of these words
#   LORODE_RANDOM_CASES=100 ...   a hundred times the cases of the default run, not ten
set -euo pipefail
cd "$(dirname "$0")/.."

export LORODE_RANDOM_CASES="${LORODE_RANDOM_CASES:-10}"
log="$(mktemp -d)"
trap 'rm -rf "$log"' EXIT
names=()
results=()
failures=0

# What is run, how it ended, and how long that took.
step() {
  local name="$1" begun=$SECONDS status=0
  shift
  echo "== $name: $*"
  "$@" 2>&1 | tee "$log/out" || status=$?
  local counts
  counts="$(awk '/^test result:/ { passed += $4; failed += $6 } END { print passed + 0 " passed, " failed + 0 " failed" }' "$log/out")"
  names+=("$name")
  if [ "$status" -eq 0 ]; then
    results+=("$counts, $((SECONDS - begun)) s")
  else
    results+=("FAILED: $counts, $((SECONDS - begun)) s")
    failures=$((failures + 1))
  fi
}

step "build" cargo test --release --no-run
# What needs another language is run by a script of its own.
step "ignored tests" cargo test --release --no-fail-fast -- --ignored --nocapture --skip julia "$@"
if [ "$#" -eq 0 ]; then
  step "property tests, $LORODE_RANDOM_CASES times the cases" cargo test --release --no-fail-fast
fi

echo
echo "summary"
for i in "${!names[@]}"; do
  printf '  %-40s %s\n' "${names[$i]}" "${results[$i]}"
done
git status --porcelain -- '*proptest-regressions*' | sed 's/^/  kept failures: /'
exit "$((failures > 0))"
