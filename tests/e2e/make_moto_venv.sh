#!/bin/sh
# Makes a virtual environment with moto's server, which stands in for AWS in tests.
# Usage: make_moto_venv.sh FOLDER
# PYTHON311 names the Python to use; see python_venv.sh.
. "$(dirname "$0")/python_venv.sh"

make_venv 3.11 "${PYTHON311:-}" 'import flask, moto; assert moto.__version__ == "5.2.5"' \
  "the tests with moto in the place of AWS are left out" 'moto[server]==5.2.5'
