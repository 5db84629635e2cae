/**
 * The part of the demo on Kubernetes: an agent of Prefect 1, four flows and their runs as Jobs of the sandbox's cluster.
 *
 * @module
 */

import type { JsonObject } from "../../schemas/json/json.ts";
import { DEMO_IMAGE } from "../containers/demo_image.ts";
import { clusterVariables, prefectVariables } from "../environment.ts";
import { prefect1Client } from "./client.ts";
import { type DemoFlow, kubernetesRun } from "./flows.ts";
import type { DemoPart } from "./part.ts";

const SMALL = kubernetesRun({ image: DEMO_IMAGE, cpu_request: "100m", memory_request: "128Mi" });

const flow = (
  name: string,
  shows: string,
  more: Partial<DemoFlow> & Pick<DemoFlow, "runs" | "expected"> & { readonly parameters: JsonObject },
): DemoFlow => ({ name, shows, tasks: [name], runConfig: SMALL, isCancelled: false, ...more });

/** Ten runs in all. */
export const KUBERNETES_FLOWS: readonly DemoFlow[] = [
  flow("parallel", "flows that succeed at the same time", {
    runs: 6,
    parameters: { seconds: 1 },
    expected: { state: "Success", message: "" },
  }),
  flow("broken", "a flow that fails on purpose", {
    runs: 2,
    parameters: { seconds: 0.4, outcome: "fail" },
    expected: { state: "Failed", message: "reference tasks failed" },
  }),
  flow("endless", "a flow that is cancelled while it runs", {
    runs: 1,
    parameters: { seconds: 120 },
    isCancelled: true,
    expected: { state: "Cancelled", message: "" },
  }),
  flow("too large", "a flow that no node has room for", {
    runs: 1,
    parameters: {},
    runConfig: kubernetesRun({ image: DEMO_IMAGE, memory_request: "60Gi" }),
    expected: { state: "Failed", message: "Insufficient memory" },
  }),
];

/** A Job that does not start is given up after this time, in seconds; others start within a few. */
const START_S = 10;

/** The part. */
export const kubernetesPart: DemoPart = {
  flavour: "kubernetes",
  platform: { short: "KUBE", name: "the Kubernetes API" },
  title: "A Prefect 1 API and a cluster on 127.0.0.1, and an agent as deno task agent kubernetes start would",
  groups: KUBERNETES_FLOWS,
  words: ["kubernetes", "start", "--name", "demo", `--start-deadline=${START_S}`, "--relaunch=never"],
  logName: "agent.log",
  service: "api",
  variables: async (sandbox) => {
    const cluster = await sandbox.cluster;
    return {
      ...prefectVariables(sandbox),
      ...(cluster === null ? {} : clusterVariables(cluster.kubeconfig)),
    };
  },
  open: (sandbox) => prefect1Client(sandbox, KUBERNETES_FLOWS),
};
