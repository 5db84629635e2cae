#!/bin/sh
# Makes a virtual environment with moto's server, which stands in for AWS in tests.
# Usage: make_moto_venv.sh FOLDER
# PYTHON311 names the Python to use; otherwise python3.11 is looked for on the PATH and among those of pyenv.
# Without Python 3.11 one line says so and the exit code is 3. Finally the path of the new Python is printed.
set -eu

folder=${1:?"Usage: make_moto_venv.sh FOLDER"}

find_python() {
  for candidate in "${PYTHON311:-}" python3.11 "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.11.*/bin/python; do
    if [ -n "$candidate" ] && "$candidate" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; then
      echo "$candidate"
      return
    fi
  done
}

python=$(find_python)
if [ -z "$python" ]; then
  echo "Python 3.11 was not found: the tests with moto in the place of AWS are left out"
  exit 3
fi

if ! "$folder/bin/python" -c 'import flask, moto; assert moto.__version__ == "5.2.5"' 2>/dev/null; then
  "$python" -m venv "$folder"
  "$folder/bin/pip" install --quiet --disable-pip-version-check 'moto[server]==5.2.5' >&2
fi

echo "$folder/bin/python"
