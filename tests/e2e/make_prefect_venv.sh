#!/bin/sh
# Makes a virtual environment with Prefect 0.15.13 and the versions of its dependencies that are known to work.
# Usage: make_prefect_venv.sh FOLDER
# PYTHON39 names the Python to use; otherwise python3.9 is looked for on the PATH and among those of pyenv.
# Without Python 3.9 one line says so and the exit code is 3. Finally the path of the new Python is printed.
set -eu

folder=${1:?"Usage: make_prefect_venv.sh FOLDER"}

find_python() {
  for candidate in "${PYTHON39:-}" python3.9 "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.9.*/bin/python; do
    if [ -n "$candidate" ] && "$candidate" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 9))' 2>/dev/null; then
      echo "$candidate"
      return
    fi
  done
}

python=$(find_python)
if [ -z "$python" ]; then
  echo "Python 3.9 was not found: the tests with the real Prefect 0.15.13 client are left out"
  exit 3
fi

if ! "$folder/bin/python" -c 'import prefect; assert prefect.__version__ == "0.15.13"' 2>/dev/null; then
  "$python" -m venv "$folder"
  "$folder/bin/pip" install --quiet --disable-pip-version-check \
    prefect==0.15.13 marshmallow==3.13.0 marshmallow-oneofschema==3.0.1 pendulum==2.1.2 python-box==5.4.1 \
    setuptools==58.1.0 'urllib3<2' >&2
fi

echo "$folder/bin/python"
