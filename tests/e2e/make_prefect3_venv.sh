#!/bin/sh
# Makes a virtual environment with the server and the runtime of Prefect 3.9.1.
# Usage: make_prefect3_venv.sh FOLDER
# PYTHON311 names the Python to use; see python_venv.sh.
. "$(dirname "$0")/python_venv.sh"

make_venv 3.11 "${PYTHON311:-}" 'import prefect; assert prefect.__version__ == "3.9.1"' \
  "the tests with a real Prefect 3.9.1 server are left out" \
  prefect==3.9.1
