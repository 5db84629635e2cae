#!/bin/sh
# Makes a virtual environment with the server and the runtime of Prefect 3.4.25, and the versions of its dependencies that
# are known to work.
# Usage: make_prefect34_venv.sh FOLDER
# PYTHON311 names the Python to use; see python_venv.sh.
. "$(dirname "$0")/python_venv.sh"

make_venv 3.11 "${PYTHON311:-}" 'import prefect; assert prefect.__version__ == "3.4.25"' \
  "the tests with a real Prefect 3.4.25 server are left out" \
  prefect==3.4.25 fastapi==0.115.12 'starlette<0.47' 'pydantic<2.12' importlib_metadata
