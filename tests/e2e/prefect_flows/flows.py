"""Flows that the tests register with the real Prefect 0.15.13 client."""
import time
from datetime import timedelta
from pathlib import Path

import pendulum
import prefect
from prefect import Flow, Parameter, flatten, task, unmapped
from prefect.engine.results import LocalResult
from prefect.engine.signals import LOOP, RETRY
from prefect.executors import LocalDaskExecutor
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
def add(number, more):
    return number + more


@task(result=LocalResult(), checkpoint=True)
def words(count):
    return [["word"] * length for length in range(1, count + 1)]


@task(result=LocalResult(), checkpoint=True)
def shout(word):
    return word.upper()


@task
def only_even(number):
    if number % 2:
        raise ValueError("%s is odd" % number)
    return number


@task(max_retries=1, retry_delay=timedelta(seconds=0.1))
def odd_at_second(number):
    if number % 2 and prefect.context["task_run_count"] < 2:
        raise ValueError("%s is odd" % number)
    return number


@task(max_retries=1, retry_delay=timedelta(seconds=0.2))
def second_time():
    if prefect.context["task_run_count"] < 2:
        raise ValueError("not yet")


@task(max_retries=1, retry_delay=timedelta(seconds=0.1))
def never():
    raise ValueError("not ever")


@task
def by_signal():
    if prefect.context["task_run_count"] < 2:
        raise RETRY("asked for by a signal", start_time=pendulum.now("utc"))


@task
def rounds():
    so_far = prefect.context.get("task_loop_result", 0)
    if so_far < 2:
        raise LOOP("round %s" % (so_far + 1), result=so_far + 1)


@task
def once_restarted():
    seen = Path.home() / "seen"
    if not seen.exists():
        seen.touch()
        raise ValueError("only when it is started again")


@task
def sleep():
    for _ in range(600):
        time.sleep(0.1)


def finished(flow):
    path = __file__.replace(".py", "_gone.py") if flow.name == "lost" else __file__
    flow.storage = Local(path=path, stored_as_script=True, add_default_labels=False)
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

with Flow("chained") as chained:
    total(add.map(double.map(numbers(Parameter("count", default=3))), unmapped(10)))

with Flow("flattened") as flattened:
    shout.map(flatten(words(Parameter("count", default=2))))

with Flow("partly") as partly:
    total(double.map(only_even.map(numbers(Parameter("count", default=3)))))

with Flow("wide", executor=LocalDaskExecutor(scheduler="threads", num_workers=8)) as wide:
    total(double.map(numbers(Parameter("count", default=24))))

with Flow("mapped retry") as mapped_retry:
    total(odd_at_second.map(numbers(Parameter("count", default=3))))

with Flow("second") as second:
    second_time()

with Flow("exhausted") as exhausted:
    total(upstream_tasks=[never()], values=[1])

with Flow("signalled") as signalled:
    by_signal()

with Flow("looping") as looping:
    rounds()

with Flow("restarted") as restarted:
    once_restarted(upstream_tasks=[numbers(1)])

with Flow("lost") as lost:
    numbers(1)

FIRST = (plain, mapped, failing, retrying, late, sleeping, demanding, lost)
MAPPING = (chained, flattened, partly, wide, mapped_retry)
RETRY_WAYS = (second, exhausted, signalled, looping, restarted)

flows = [finished(flow) for flow in FIRST + MAPPING + RETRY_WAYS]
