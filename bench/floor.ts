/**
 * The floor of the benchmark: a bare loop that does the same work against the same fakes as an agent, and nothing else. It signs
 * no request, has no machine, follows no task and survives no failure. What an agent costs beyond it is the price of being one.
 *
 * `deno run --allow-net=127.0.0.1 bench/floor.ts URL`
 *
 * @module
 */

import { type Args, list, record } from "./fakes/shared.ts";

const PAUSE_MS = 250;
const MOST_IN_FLIGHT = 100;

const [url = ""] = Deno.args;
const taken = new Set<string>();
const definitions = new Map<string, Promise<string>>();
let inFlight = 0;
const waiting: (() => void)[] = [];

async function post(body: Args, headers: Readonly<Record<string, string>>): Promise<Args> {
  const answer = await fetch(url, { method: "POST", body: JSON.stringify(body), headers });
  return record(await answer.json());
}

async function ask(query: string, input: Args = {}): Promise<Args> {
  const headers = { "content-type": "application/json" };
  return record((await post({ query, variables: { input } }, headers)).data);
}

function ecs(operation: string, params: Args): Promise<Args> {
  const target = `AmazonEC2ContainerServiceV20141113.${operation}`;
  return post(params, { "content-type": "application/x-amz-json-1.1", "x-amz-target": target });
}

/** One registration for each flow. */
function definitionOf(flow: string): Promise<string> {
  const known = definitions.get(flow);
  if (known !== undefined) return known;
  const made = ecs("RegisterTaskDefinition", {
    family: `floor-${flow}`,
    containerDefinitions: [{ name: "flow", image: "prefecthq/prefect:0.15.13", essential: true }],
    requiresCompatibilities: ["FARGATE"],
    networkMode: "awsvpc",
    cpu: "256",
    memory: "512",
  }).then((answer) => String(record(answer.taskDefinition).taskDefinitionArn));
  definitions.set(flow, made);
  return made;
}

async function launch(row: Args): Promise<void> {
  const id = String(row.id);
  const taskDefinition = await definitionOf(String(record(row.flow).id));
  if (inFlight >= MOST_IN_FLIGHT) await new Promise<void>((resolve) => waiting.push(resolve));
  inFlight++;
  await ecs("RunTask", {
    taskDefinition,
    launchType: "FARGATE",
    clientToken: id,
    startedBy: id,
    overrides: {
      containerOverrides: [{
        name: "flow",
        command: ["/bin/sh", "-c", "prefect execute flow-run"],
        environment: [{ name: "PREFECT__CONTEXT__FLOW_RUN_ID", value: id }],
      }],
    },
  });
  inFlight--;
  waiting.shift()?.();
}

/** Claims a page, and starts its tasks. @returns once the claims are set */
async function take(ids: readonly string[]): Promise<void> {
  const fields = "id name version state parameters run_config flow { id name version core_version storage }";
  const found = await ask(`query { flow_run(where: { id: { _in: ${JSON.stringify(ids)} } }) { ${fields} } }`);
  const rows = list(found.flow_run).map(record);
  const states = rows.map(({ id, version }) => ({
    flow_run_id: id,
    version,
    state: { type: "Submitted", message: "Submitted for execution" },
  }));
  await ask(
    "mutation($input: JSON!) { set_flow_run_states(input: $input) { states { id status message } } }",
    { states },
  );
  const logs = rows.map(({ id }) => ({ flow_run_id: id, level: "INFO", message: "Submitted for execution" }));
  Promise.all(rows.map(launch))
    .then(() => ask("mutation($input: JSON!) { write_run_logs(input: $input) { success } }", { logs }));
}

for (;;) {
  const { get_runs_in_queue: queue } = await ask(
    "mutation($input: JSON!) { get_runs_in_queue(input: $input) { flow_run_ids } }",
  );
  const due = list(record(queue).flow_run_ids).map(String).filter((id) => !taken.has(id));
  for (const id of due) taken.add(id);
  if (due.length > 0) await take(due);
  else await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
}
