#!/usr/bin/env bash
# Sets up what is missing, then does the main job of this project at a small scale, from assets to a served model.
#
#   tools/quickstart.sh [OUTPUT_DIR] [--assets=DIR] [--seed=N]
#
# Makes sample characters, motions, backgrounds and drawings; renders training images; trains SYNTH, DRAW and
# SYNTH-DRAW; measures them on the test drawings; exports the best; checks the export. About 10 minutes on 2 CPU cores.
# OUTPUT_DIR (default: quickstart/) then holds report.html, summary.json and savedmodels/quickstart/1/.
# --assets=DIR renders your own characters (.pmx, .pmd) and motions (.vmd), with pictures in DIR/backgrounds if there.
# Stopped in the middle, the same command goes on.
set -euo pipefail
case " $* " in *" -h "*|*" --help "*) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0"; exit 0 ;; esac
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
"$root/tools/setup.sh"
exec "$root/.venv/bin/python" "$root/tools/quickstart.py" "$@"
