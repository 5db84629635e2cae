# The part that the scripts make_*_venv.sh share; they source it. The path of the new Python is printed; without a
# Python of the version that is needed one line says so and the exit code is 3.
set -eu

folder=${1:?"Usage: $(basename "$0") FOLDER"}

# make_venv VERSION GIVEN PROBE LEFT_OUT PACKAGE...: VERSION such as 3.11; GIVEN names a Python, or is empty: then one is
# looked for on the PATH and among those of pyenv. A venv in which PROBE succeeds is taken as it is; LEFT_OUT says what
# cannot be tested without it.
make_venv() {
  version=$1 given=$2 probe=$3 left_out=$4
  shift 4
  python=$(find_python)
  if [ -z "$python" ]; then
    echo "Python $version was not found: $left_out"
    exit 3
  fi
  if ! "$folder/bin/python" -c "$probe" 2>/dev/null; then
    "$python" -m venv "$folder"
    "$folder/bin/pip" install --quiet --disable-pip-version-check "$@" >&2
  fi
  echo "$folder/bin/python"
}

find_python() {
  right="import sys; sys.exit('%d.%d' % sys.version_info[:2] != '$version')"
  for candidate in "$given" "python$version" "${PYENV_ROOT:-$HOME/.pyenv}/versions/$version".*/bin/python; do
    if [ -n "$candidate" ] && "$candidate" -c "$right" 2>/dev/null; then
      echo "$candidate"
      return
    fi
  done
}
