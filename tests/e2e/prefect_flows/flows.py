"""Flows that the tests register with the real Prefect 0.15.13 client."""
import time
from datetime import timedelta

import prefect
from prefect import Flow, Parameter, task
from prefect.run_configs import UniversalRun
from prefect.storage import Local


@task
def numbers(count):
    prefect.context["logger"].info("counting to %s", count)
    return list(range(count))


@task
def double(number):
    return 2 * number


@task
def total(values):
    return sum(values)


@task
def fail():
    raise ValueError("on purpose")


@task(max_retries=2, retry_delay=timedelta(seconds=0.2))
def third_time():
    if prefect.context["task_run_count"] < 3:
        raise ValueError("not yet")


@task(max_retries=1, retry_delay=timedelta(minutes=11))
def much_later():
    if prefect.context["task_run_count"] < 2:
        raise ValueError("not before eleven minutes have passed")


@task
def sleep():
    for _ in range(600):
        time.sleep(0.1)


def finished(flow):
    flow.storage = Local(path=__file__, stored_as_script=True, add_default_labels=False)
    flow.run_config = UniversalRun(labels=["lab"], env={"STAGE": "test"})
    return flow


with Flow("plain") as plain:
    total(numbers(Parameter("count", default=3)))

with Flow("mapped") as mapped:
    total(double.map(numbers(Parameter("count", default=3))))

with Flow("failing") as failing:
    total(upstream_tasks=[fail()], values=[1])

with Flow("retrying") as retrying:
    third_time()

with Flow("late") as late:
    much_later()

with Flow("sleeping") as sleeping:
    sleep()

with Flow("demanding") as demanding:
    numbers(Parameter("count"))

flows = [finished(flow) for flow in (plain, mapped, failing, retrying, late, sleeping, demanding)]
