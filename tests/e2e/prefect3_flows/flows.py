"""Flows of the tests with a real Prefect 3 server. Each is executed by `prefect flow-run execute` in a task."""

import os
import signal
import time

from prefect import flow, get_run_logger, suspend_flow_run


@flow
def greet(name: str = "world") -> str:
    get_run_logger().info("Hello %s", name)
    return name


@flow
def wait(seconds: float = 600) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        time.sleep(0.2)


@flow
def killed() -> None:
    # The runtime's parent process sees 137, as after the kill of a container that uses too much memory.
    os.kill(os.getppid(), signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)


@flow
def suspended() -> None:
    suspend_flow_run(timeout=300)
