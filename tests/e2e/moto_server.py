"""moto's server on a free loopback port: prints its address and ends when its standard input does.

moto 5.2.5 answers RunTask with an internal error where two things are left out that Amazon ECS does without:
the security groups of `awsvpcConfiguration` (ECS takes the default group of the VPC) and the memory of a container
whose task has a size of its own. Both are filled in before moto looks at them; nothing else is changed.
"""

import copy
import sys

from moto.ecs.models import EC2ContainerServiceBackend, TaskDefinition
from moto.server import ThreadedMotoServer

moto_run_task = EC2ContainerServiceBackend.run_task
moto_requirements = EC2ContainerServiceBackend._calculate_task_resource_requirements


def run_task(self, *args, **kwargs):
    args = [with_security_groups(value) for value in args]
    return moto_run_task(self, *args, **kwargs)


def with_security_groups(value):
    if not isinstance(value, dict) or "awsvpcConfiguration" not in value:
        return value
    completed = copy.deepcopy(value)
    completed["awsvpcConfiguration"].setdefault("securityGroups", [])
    return completed


def requirements(definition: TaskDefinition):
    sized = copy.copy(definition)
    sized.container_definitions = [
        container if "memory" in container or "memoryReservation" in container else {**container, "memory": 0}
        for container in definition.container_definitions
    ]
    return moto_requirements(sized)


EC2ContainerServiceBackend.run_task = run_task
EC2ContainerServiceBackend._calculate_task_resource_requirements = staticmethod(requirements)

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
host, port = server.get_host_and_port()
print(f"http://{host}:{port}", flush=True)
sys.stdin.read()
server.stop()
