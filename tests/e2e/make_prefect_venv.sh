#!/bin/sh
# Makes a virtual environment with Prefect 0.15.13 and the versions of its dependencies that are known to work.
# Usage: make_prefect_venv.sh FOLDER
# PYTHON39 names the Python to use; see python_venv.sh.
. "$(dirname "$0")/python_venv.sh"

make_venv 3.9 "${PYTHON39:-}" 'import prefect; assert prefect.__version__ == "0.15.13"' \
  "the tests with the real Prefect 0.15.13 client are left out" \
  prefect==0.15.13 marshmallow==3.13.0 marshmallow-oneofschema==3.0.1 pendulum==2.1.2 python-box==5.4.1 \
  setuptools==58.1.0 'urllib3<2'
