/**
 * The flows that the demo shows, and how each of their runs should end.
 *
 * @module
 */

import type { JsonObject } from "../../schemas/json/json.ts";
import { DEMO_IMAGE } from "../containers/demo_image.ts";
import type { DemoGroup } from "./part.ts";

/** A flow of the demo. */
export interface DemoFlow extends DemoGroup {
  /** Parameters of each run. */
  readonly parameters: JsonObject;
  readonly tasks: readonly string[];
  /** As the Python client would have serialized it. */
  readonly runConfig: JsonObject;
}

const VERSION = { __version__: "0.15.13" };

const SMALL = ecsRun({ image: DEMO_IMAGE, cpu: "256", memory: "512" });

/** The flows, about 20 runs in all. */
export const DEMO_FLOWS: readonly DemoFlow[] = [
  {
    name: "hello",
    shows: "a flow that succeeds",
    runs: 3,
    parameters: { seconds: 0.4 },
    tasks: ["say hello"],
    runConfig: SMALL,
    isCancelled: false,
    expected: { state: "Success", message: "" },
  },
  {
    name: "parallel",
    shows: "ten runs at the same time",
    runs: 10,
    parameters: { seconds: 1.5 },
    tasks: ["extract", "transform", "load"],
    runConfig: SMALL,
    isCancelled: false,
    expected: { state: "Success", message: "" },
  },
  {
    name: "broken",
    shows: "a flow that fails on purpose",
    runs: 3,
    parameters: { seconds: 0.4, outcome: "fail" },
    tasks: ["divide by zero"],
    runConfig: SMALL,
    isCancelled: false,
    expected: { state: "Failed", message: "reference tasks failed" },
  },
  {
    name: "too large",
    shows: "a flow that ECS refuses to place",
    runs: 2,
    parameters: {},
    tasks: ["need 60 GiB"],
    // More memory than the local ECS has.
    runConfig: ecsRun({ image: DEMO_IMAGE, cpu: "8192", memory: "61440" }),
    isCancelled: false,
    expected: { state: "Failed", message: "RESOURCE:MEMORY" },
  },
  {
    name: "endless",
    shows: "a flow that is cancelled while it runs",
    runs: 2,
    parameters: { seconds: 120 },
    tasks: ["wait"],
    runConfig: SMALL,
    isCancelled: true,
    expected: { state: "Cancelled", message: "" },
  },
];

function serializedTask(name: string): JsonObject {
  return {
    name,
    slug: `${name.replaceAll(" ", "_")}-1`,
    type: "prefect.tasks.core.function.FunctionTask",
    tags: [],
    max_retries: 0,
    retry_delay: null,
    timeout: null,
    trigger: { fn: "prefect.triggers.all_successful", kwargs: {} },
    inputs: {},
    outputs: "typing.Any",
    auto_generated: false,
    cache_for: null,
    cache_key: null,
    skip_on_upstream_skip: true,
    ...VERSION,
  };
}

/** An ECSRun with these members, the others empty, as the Python client would have serialized it. */
export function ecsRun(members: JsonObject): JsonObject {
  return {
    type: "ECSRun",
    env: null,
    labels: [],
    image: null,
    cpu: null,
    memory: null,
    task_definition: null,
    task_definition_path: null,
    task_definition_arn: null,
    task_role_arn: null,
    execution_role_arn: null,
    run_task_kwargs: null,
    ...members,
    ...VERSION,
  };
}

/** A KubernetesRun with these members, the others empty, as the Python client would have serialized it. */
export function kubernetesRun(members: JsonObject): JsonObject {
  return {
    type: "KubernetesRun",
    env: null,
    labels: [],
    image: null,
    cpu_limit: null,
    cpu_request: null,
    memory_limit: null,
    memory_request: null,
    service_account_name: null,
    image_pull_secrets: null,
    image_pull_policy: null,
    job_template: null,
    job_template_path: null,
    ...members,
    ...VERSION,
  };
}

/** A demo flow, as the Python client would have serialized it. */
export function serializedFlow(flow: DemoFlow): JsonObject {
  return {
    name: flow.name,
    type: "prefect.core.flow.Flow",
    schedule: null,
    parameters: [],
    tasks: flow.tasks.map(serializedTask),
    edges: [],
    reference_tasks: [],
    environment: null,
    run_config: flow.runConfig,
    storage: {
      type: "Local",
      directory: "/flows",
      flows: {},
      path: "/flows/demo.py",
      secrets: [],
      ...VERSION,
    },
    ...VERSION,
  };
}
