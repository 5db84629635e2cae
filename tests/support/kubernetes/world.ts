/** A platform over the API server in memory, with a clock of its own. @module */

import { makeKubernetesPlatform } from "../../../actors/kubernetes/platform.ts";
import type { LaunchRequest, TaskChange } from "../../../schemas/contracts/platform.ts";
import type { KeepJobs } from "../../../schemas/kubernetes/cluster_settings.ts";
import {
  CONTAINER_ANNOTATION,
  FLOW_RUN_LABEL,
  IDENTIFIER_LABEL,
} from "../../../schemas/kubernetes/labels.ts";
import type { KubernetesPlan } from "../../../schemas/kubernetes/plan.ts";
import type { JsonObject } from "../../../schemas/json/json.ts";
import { fakeClock } from "../clock.ts";
import { fakeKube, type Play } from "./fake_kube.ts";

/** Ids of runs. */
export const RUN = "3f2a0000-0000-4000-8000-000000000001";
export const OTHER_RUN = "3f2a0000-0000-4000-8000-000000000002";

/** A plan whose Job plays something. */
export function planOf(runId: string, play: Play, more: Partial<KubernetesPlan> = {}): KubernetesPlan {
  const labels = { [FLOW_RUN_LABEL]: runId, "prefect.io/flow_id": "flow" };
  return {
    namespace: "default",
    namePrefix: "prefect-job-",
    flowContainer: "flow",
    job: {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { labels, annotations: { "test/play": play, [CONTAINER_ANNOTATION]: "flow" } },
      spec: {
        backoffLimit: 0,
        template: {
          metadata: { labels },
          spec: { restartPolicy: "Never", containers: [{ name: "flow", image: "x:1" }] },
        },
      },
    },
    sources: () => ({}),
    warnings: [],
    notes: [],
    ...more,
  };
}

/** A Job that an agent in Python made. */
export function pythonJob(name: string, runId: string | null, more: JsonObject = {}): JsonObject {
  const run = runId === null ? {} : { [FLOW_RUN_LABEL]: runId };
  const labels = { [IDENTIFIER_LABEL]: name, ...run };
  return {
    metadata: { name, uid: `uid-${name}`, labels },
    spec: {
      backoffLimit: 6,
      template: {
        metadata: { labels },
        spec: { restartPolicy: "Never", containers: [{ name: "flow", image: "x:1" }] },
      },
    },
    status: { active: 1 },
    ...more,
  };
}

/** The world. */
export function kubernetesWorld({ keepJobs = "none" }: { readonly keepJobs?: KeepJobs } = {}) {
  const clock = fakeClock();
  const kube = fakeKube(clock);
  const logged: string[] = [];
  const changes: TaskChange[] = [];
  const { platform, close } = makeKubernetesPlatform({
    calls: kube.calls,
    settings: { namespace: "default", keepJobs },
    onTurn: () => undefined,
    clock,
    random: () => 0.5,
    log: (level, text) => void logged.push(`${level} ${text}`),
  });
  const signal = new AbortController().signal;
  const during = async <T>(answer: Promise<T>): Promise<T> => {
    let isDone = false;
    const watched = answer.finally(() => isDone = true);
    watched.catch(() => undefined); // thrown to whoever awaits it below
    for (let i = 0; i < 400 && !isDone; i++) await clock.advance(250);
    return await watched;
  };
  const launch = (runId: string, play: Play, more: Partial<LaunchRequest<KubernetesPlan>> = {}) =>
    during(platform.run({
      runId,
      plan: planOf(runId, play),
      definition: "job",
      token: `${runId}-1`,
      nextToken: () => Promise.resolve(null),
      learnt: { refusals: 0, wasReclaimed: false },
      confirm: () => Promise.resolve(),
      ...more,
    }, signal));
  return {
    clock,
    kube,
    platform,
    close,
    logged,
    changes,
    signal,
    during,
    launch,
    /** Listens to changes; each is answered like this. */
    listen: (answer: (change: TaskChange) => "handled" | "followed" | "later" | "alone") =>
      platform.changes((told) => {
        for (const change of told) {
          changes.push(change);
          change.done(answer(change));
        }
      }),
  };
}
