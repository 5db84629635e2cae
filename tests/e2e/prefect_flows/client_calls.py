"""Calls of the real client, one named function each; the result is printed as the last line, as JSON."""
import json
import sys

import prefect
from prefect import Client
from prefect.client import Secret
from prefect.engine.state import Running, Submitted
from prefect.exceptions import VersionLockMismatchSignal

client = Client()


def projects():
    first = client.create_project("made", project_description="by the client")
    return {"same": client.create_project("made") == first}


def register(path):
    """flow.register(), twice with the same key and once with another."""
    from prefect.utilities.storage import extract_flow_from_file

    flow = extract_flow_from_file(path, flow_name="plain")
    ids = [flow.register("lab", idempotency_key=key, no_url=False) for key in ("k1", "k1", "k2")]
    uncompressed = client.register(flow, "lab", compressed=False, no_url=True)
    return {"ids": ids, "uncompressed": uncompressed}


def runs(flow_id):
    """What create_flow_run answers for labels, parameters, keys and names."""
    keyed = [client.create_flow_run(flow_id=flow_id, idempotency_key="once") for _ in range(2)]
    named = client.create_flow_run(
        flow_id=flow_id, parameters={"count": 7}, labels=["b", "a"], run_name="named", context={"x": 1}
    )
    client.set_flow_run_name(named, "renamed")
    info = client.get_flow_run_info(named)
    missing = None
    try:
        client.create_flow_run(flow_id="99999999-9999-4999-8999-999999999999")
    except Exception as error:
        missing = str(error)
    return {"keyed": keyed, "named": named, "name": info.name, "parameters": info.parameters, "missing": missing}


def claims(flow_run_id):
    """Two claims of the same version, as two agents make them."""
    answers = []
    for state in (Submitted(), Submitted()):
        try:
            client.set_flow_run_state(flow_run_id, state=state, version=1)
            answers.append("accepted")
        except Exception as error:
            answers.append(str(error))
    try:
        client.set_flow_run_state(flow_run_id, state=Running(), version=1)
        answers.append("accepted")
    except VersionLockMismatchSignal:
        answers.append("version lock")
    return answers


def cancel(flow_run_id):
    return {"cancelled": client.cancel_flow_run(flow_run_id)}


def kept():
    """Secrets, key-value pairs and limits."""
    from prefect.backend import delete_key, get_key_value, list_keys, set_key_value

    client.set_secret("TOKEN", {"user": "me"})
    set_key_value("k", [1, 2])
    set_key_value("k", {"a": None})
    answer = {
        "secret": Secret("TOKEN").get(),
        "value": get_key_value("k"),
        "keys": list_keys(),
    }
    delete_key("k")
    client.update_task_tag_limit("heavy", 2)
    answer["limit"] = client.get_task_tag_limit("heavy")
    answer["no limit"] = client.get_task_tag_limit("light")
    answer["keys after"] = list_keys()
    return answer


def views(flow_run_id):
    """The read side of prefect.backend."""
    from prefect.backend import FlowRunView, FlowView

    run = FlowRunView.from_flow_run_id(flow_run_id)
    flow = FlowView.from_flow_id(run.flow_id)
    tasks = run.get_all_task_runs()
    return {
        "state": type(run.state).__name__,
        "flow": flow.name,
        "tasks": sorted(task.task_slug for task in tasks),
        "states": sorted({type(task.state).__name__ for task in tasks}),
        "logs": [log.message for log in run.get_logs()],
        "agents": len(client.graphql({"query": {"agent": {"last_queried", "labels", "name", "id"}}}).data.agent),
    }


def mapped_results(flow_run_id, slug):
    """What the parts of a mapped task left, one by one and together."""
    from prefect.backend import FlowRunView

    task = FlowRunView.from_flow_run_id(flow_run_id).get_task_run(task_slug=slug)
    parts = list(task.iter_mapped())
    return {
        "parts": [[part.map_index, type(part.state).__name__, part.get_result()] for part in parts],
        "together": task.get_result(),
    }


def restart(flow_run_id, *task_run_ids):
    """Starts a failed run again with its failed tasks, as the page of the Server does."""
    from prefect.engine.state import Pending, Scheduled

    for task_run_id in task_run_ids:
        client.set_task_run_state(task_run_id=task_run_id, state=Pending("Restarted"))
    client.set_flow_run_state(flow_run_id, state=Scheduled("Restarted"))


def executed(flow_run_id):
    """Executes a run with the function behind `prefect run --execute`; why it refuses, where it does."""
    from prefect.backend.execution import execute_flow_run_in_subprocess

    try:
        return {"state": type(execute_flow_run_in_subprocess(flow_run_id).state).__name__}
    except RuntimeError as error:
        return {"refused": str(error)}


def within(flow_run_id):
    """Executes a run in this process."""
    from prefect.backend.execution import execute_flow_run

    with prefect.context(running_with_backend=True):
        return {"state": type(execute_flow_run(flow_run_id).state).__name__}


def watched(flow_run_id):
    """What a watcher of a run is shown."""
    from prefect.backend.flow_run import watch_flow_run

    return [log.message for log in watch_flow_run(flow_run_id)]


def listed(name, flow_group_id):
    """Every way to find a flow, its tenant, and the agents for labels."""
    from prefect.backend import FlowView, TenantView
    from prefect.backend.flow_run import check_for_compatible_agents

    flow = FlowView.from_flow_name(name)
    same = [
        FlowView.from_flow_name(name, project_name="lab"),
        FlowView.from_id(flow.flow_id),
        FlowView.from_id(flow_group_id),
        FlowView.from_flow_group_id(flow_group_id),
    ]
    missing = None
    try:
        FlowView.from_flow_name("no such flow")
    except ValueError as error:
        missing = str(error)
    tenant = TenantView.from_current_tenant()
    return {
        "name": flow.name,
        "project": flow.project_name,
        "labels": sorted(flow.run_config.labels),
        "same": [view.flow_id == flow.flow_id for view in same],
        "missing": missing,
        "tenant": TenantView.from_tenant_id(tenant.tenant_id).slug == tenant.slug,
        "tenants": len(client.get_available_tenants()),
        "agents": check_for_compatible_agents(["lab"]),
    }


result = globals()[sys.argv[1]](*sys.argv[2:])
print(json.dumps(result, default=str))
