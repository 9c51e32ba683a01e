#!/usr/bin/env bash
# Sets up what is missing, then runs every test.
#
#   tools/test.sh [--lane=keras3|addons] [pytest arguments]
#
# Tests on real characters and reference values need POSE_ANIME_TEST_DATA; without it they are skipped and say so.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

lane=keras3
case "${1:-}" in
  --lane=*) lane=${1#--lane=}; shift ;;
  -h|--help) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0"; exit 0 ;;
esac
tools/setup.sh --lane="$lane"
[ "$lane" = addons ] && venv=.venv-addons || venv=.venv
export TF_CPP_MIN_LOG_LEVEL=${TF_CPP_MIN_LOG_LEVEL:-3}

run() {
  echo "test.sh: $*" >&2
  "$venv/bin/python" -m pytest --numprocesses=auto --dist=loadfile -q "$@"
}

for argument in "$@"; do
  [ ! -e "${argument%%::*}" ] || { run "$@"; exit; }
done
# Mesa's software OpenGL and TensorFlow 2.21 bring two LLVMs that crash in one process. The program never loads
# both; the tests that draw therefore have a pytest of their own. Exit status 5 is "no test was selected".
drawing=(tests/render tests/synth tests/benchmarks/test_synth.py)
status=0
run "${drawing[@]}" "$@" || status=$?
run "${drawing[@]/#/--ignore=}" "$@" || [ $? = 5 ] || status=1
[ "$status" = 0 ] || [ "$status" = 5 ]
