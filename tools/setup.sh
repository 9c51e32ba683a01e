#!/usr/bin/env bash
# Makes the virtual environment with everything in it; does nothing when it is already there and current.
#
#   tools/setup.sh [--lane=keras3|addons]
#
# keras3 (the default): .venv        TensorFlow 2.21, Keras 3.15; Python 3.11, 3.12 or 3.13
# addons:               .venv-addons TensorFlow 2.15, Keras 2.15, tensorflow-addons 0.23; Python 3.11
#
# PYTHON=/path/to/python chooses the interpreter. Missing system libraries (EGL and OpenGL in software, the venv
# module) are installed with apt-get where this user may; otherwise the command to run is printed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

fail() { echo "error: $1" >&2; echo "  to mend it: $2" >&2; exit 1; }
say() { echo "setup: $*" >&2; }

lane=keras3
for argument in "$@"; do
  case "$argument" in
    --lane=keras3|--lane=addons) lane=${argument#--lane=} ;;
    -h|--help) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0"; exit 0 ;;
    *) fail "unknown argument $argument" "tools/setup.sh [--lane=keras3|addons]" ;;
  esac
done
if [ "$lane" = addons ]; then
  venv=.venv-addons extras=dev,annotation,beam,fetch,serving,addons versions="3.11"
else
  venv=.venv extras=dev,annotation,beam,fetch,onnx,serving versions="3.11 3.12 3.13"
fi
constraints=tools/constraints-$lane.txt

# Installs Debian packages without a question, as root or by password-less sudo.
install_packages() {
  local command="apt-get install --yes --no-install-recommends $*" as_root=""
  command -v apt-get >/dev/null || fail "$* is missing and this system has no apt-get" "install the counterpart of $* with your package manager, then run this again"
  if [ "$(id -u)" != 0 ]; then
    sudo -n true 2>/dev/null || fail "$* is missing and this user may not install packages" "sudo $command"
    as_root="sudo -n"
  fi
  say "installing $* with apt-get"
  { $as_root apt-get update -q && DEBIAN_FRONTEND=noninteractive $as_root env DEBIAN_FRONTEND=noninteractive $command; } >"$log" 2>&1 \
    || { tail -n 5 "$log" >&2; fail "apt-get could not install $*" "check the network and the package sources, then run: sudo $command"; }
}

# Prints the version (3.11) of a Python that runs, nothing otherwise.
version_of() { "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null || true; }

find_python() {
  local candidate version found=""
  for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
    version=$(version_of "$candidate")
    case " $versions " in *" ${version:-none} "*) echo "$candidate"; return ;; esac
    [ -z "$version" ] || found="$found $candidate=$version"
  done
  fail "lane $lane needs Python ${versions// / or }; found:${found:- none}" \
    "install one (Debian, Ubuntu: apt-get install python3.11 python3.11-venv) or name it: PYTHON=/path/to/python3.11 tools/setup.sh --lane=$lane"
}

log=$(mktemp)
trap 'rm -f "$log"' EXIT
stamp=$venv/.set-up
wanted=$(cat tools/setup.sh setup.cfg "$constraints" | sha256sum | cut -d" " -f1)

if [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ] || ! "$venv/bin/python" -c '' 2>/dev/null; then
  if ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    python=$(find_python)
    say "lane $lane: making $venv with $python ($(version_of "$python"))"
    "$python" -c 'import ensurepip' 2>/dev/null || install_packages "python$(version_of "$python")-venv"
    rm -rf "$venv"
    "$python" -m venv "$venv" >"$log" 2>&1 || { tail -n 5 "$log" >&2; fail "could not make $venv" "free some disk space or mend the Python installation, then run this again"; }
  fi
  say "installing the packages of $constraints (about 2.5 GB on disk)"
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --constraint "$constraints" --editable ".[$extras]" >"$log" 2>&1 \
    || { grep -iE 'error|no space|timed out' "$log" | tail -n 5 >&2 || true
         fail "pip could not install the packages" "check the network and the disk (3 GB), or name a mirror in PIP_INDEX_URL, then run this again"; }
  echo "$wanted" >"$stamp"
fi

can_render() { "$venv/bin/python" -c 'import moderngl; moderngl.create_context(standalone=True, backend="egl").release()' >"$log" 2>&1; }
if ! can_render; then
  install_packages libegl1 libgl1
  can_render || { tail -n 1 "$log" >&2; fail "OpenGL through EGL does not start" "install a Mesa that has llvmpipe: sudo apt-get install libegl1 libgl1 libgl1-mesa-dri"; }
fi
say "lane $lane is ready in $venv"
