/** An API server in memory, with a controller that plays what pods do. @module */

import type { KubeCalls, KubeResource } from "../../../actors/kubernetes/requests/calls.ts";
import { type Failure, FailureError } from "../../../schemas/failure/failure.ts";
import type { Json, JsonObject } from "../../../schemas/json/json.ts";
import { mapping } from "../../../schemas/json/shape.ts";
import { readJob } from "../../../schemas/kubernetes/objects/job.ts";
import type { WatchLine } from "../../../schemas/kubernetes/objects/list.ts";
import type { Clock } from "../../../schemas/time/clock.ts";

/** What becomes of a Job, by its annotation `test/play`. */
export type Play = "waits" | "endsWell" | "fails" | "noRoom";

interface Watcher {
  readonly resource: KubeResource;
  readonly onLine: (line: WatchLine) => void;
  readonly end: (thrown?: unknown) => void;
}

/** The server, and the hand that plays with it. */
export interface FakeKube {
  readonly calls: KubeCalls;
  /** Puts an object there, or changes it. */
  readonly put: (resource: KubeResource, object: JsonObject) => void;
  /** The same, but that no watch tells of it. */
  readonly putUnseen: (resource: KubeResource, object: JsonObject) => void;
  readonly drop: (resource: KubeResource, name: string) => void;
  /** Objects of a kind, by name. */
  readonly all: (resource: KubeResource) => ReadonlyMap<string, JsonObject>;
  /** Names of Jobs that were ever made. */
  readonly made: readonly string[];
  /** What was asked, such as `create job-1`. */
  readonly asked: readonly string[];
  /** The next calls of a verb and resource (`list jobs`) fail like this. */
  readonly fail: (what: string, ...failures: readonly Failure[]) => void;
  /** Ends all watches; with a failure, like this. */
  readonly cut: (failure?: Failure) => void;
  /** Ends all watches by a line of type ERROR with this code. */
  readonly refuseWatches: (code: number) => void;
  /** Answers of creations are lost after their effect. */
  readonly loseAnswers: (count: number) => void;
  readonly logs: Map<string, readonly string[]>;
}

/** A container's state, as a pod shows it. */
export function containerStatus(name: string, state: JsonObject, more: JsonObject = {}): JsonObject {
  return { name, image: "x:1", imageID: "", ready: false, restartCount: 0, state, ...more };
}

/** The pod of a Job. */
export function podOf(job: JsonObject, status: JsonObject, more: JsonObject = {}): JsonObject {
  const { name = "", uid = "" } = mapping(job["metadata"]);
  const template = mapping(mapping(job["spec"])["template"]);
  return {
    metadata: {
      name: `${name}-pod`,
      uid: `${uid}-pod`,
      labels: mapping(template["metadata"])["labels"] ?? {},
      ownerReferences: [{ kind: "Job", name, uid }],
      ...more,
    },
    spec: template["spec"] ?? {},
    status,
  };
}

/** A Failed or Complete condition. */
export function ending(type: "Failed" | "Complete", reason = "BackoffLimitExceeded"): JsonObject {
  return {
    conditions: [{ type, status: "True", ...(type === "Failed" ? { reason, message: "it failed" } : {}) }],
  };
}

/** An empty server. */
export function fakeKube(clock: Clock): FakeKube {
  const tables: Record<KubeResource, Map<string, JsonObject>> = {
    jobs: new Map(),
    pods: new Map(),
    events: new Map(),
  };
  const watchers = new Set<Watcher>();
  const made: string[] = [];
  const asked: string[] = [];
  const failures = new Map<string, Failure[]>();
  let version = 100;
  let lost = 0;
  const tell = (resource: KubeResource, type: "put" | "gone", object: JsonObject) => {
    for (const watcher of watchers) {
      if (watcher.resource === resource) watcher.onLine({ type, object, version: String(version) });
    }
  };
  const nameOf = (object: JsonObject) => String(mapping(object["metadata"])["name"] ?? "");
  const putUnseen = (resource: KubeResource, object: JsonObject): JsonObject => {
    version++;
    const metadata = { ...mapping(object["metadata"]), resourceVersion: String(version) };
    const stored = { ...object, metadata };
    tables[resource].set(nameOf(object), stored);
    return stored;
  };
  const put = (resource: KubeResource, object: JsonObject) =>
    tell(resource, "put", putUnseen(resource, object));
  const drop = (resource: KubeResource, name: string) => {
    const object = tables[resource].get(name);
    if (object === undefined) return;
    version++;
    tables[resource].delete(name);
    tell(resource, "gone", object);
    if (resource === "jobs") drop("pods", `${name}-pod`);
  };
  const refuse = (what: string) => {
    asked.push(what);
    const [verb = "", resource = ""] = what.split(" ");
    const failure = failures.get(`${verb} ${resource}`)?.shift();
    if (failure !== undefined) throw new FailureError(failure);
  };
  const patch = (name: string, status: JsonObject) => {
    const job = tables.jobs.get(name);
    if (job !== undefined) put("jobs", { ...job, status: { ...mapping(job["status"]), ...status } });
  };
  const podAt = (name: string, status: JsonObject) => {
    const job = tables.jobs.get(name);
    if (job !== undefined) put("pods", podOf(job, status));
  };
  const play = (name: string, how: Json | undefined) => {
    const first = String(mapping(tables.jobs.get(name)?.["metadata"])["container"] ?? "flow");
    const flow = (state: JsonObject) => ({ containerStatuses: [containerStatus(first, state)] });
    clock.after(200, () => podAt(name, { phase: "Pending" }));
    clock.after(400, () => podAt(name, { phase: "Running", ...flow({ running: {} }) }));
    if (how !== "endsWell" && how !== "fails") return;
    const code = how === "fails" ? 3 : 0;
    const phase = how === "fails" ? "Failed" : "Succeeded";
    const reason = how === "fails" ? "Error" : "Completed";
    clock.after(600, () => podAt(name, { phase, ...flow({ terminated: { exitCode: code, reason } }) }));
    clock.after(700, () => patch(name, how === "fails" ? ending("Failed") : ending("Complete")));
  };
  const calls: KubeCalls = {
    createJob: async (_, job) => {
      await Promise.resolve();
      const name = nameOf(job);
      refuse(`create jobs ${name}`);
      if (tables.jobs.has(name)) return { outcome: "taken" };
      const how = mapping(mapping(job["metadata"])["annotations"])["test/play"];
      if (how === "noRoom") {
        const message = "jobs.batch is forbidden: exceeded quota: flows";
        throw new FailureError({
          tag: "refused",
          service: "Kubernetes",
          code: "Forbidden",
          operation: "create jobs",
          message,
        });
      }
      made.push(name);
      put("jobs", { ...job, metadata: { ...mapping(job["metadata"]), uid: `uid-${made.length}` } });
      play(name, how);
      if (lost-- > 0) {
        const message = "the connection was closed";
        throw new FailureError({ tag: "unknownOutcome", operation: "create jobs", message });
      }
      const read = readJob(tables.jobs.get(name) ?? {});
      if (read === null) throw new TypeError("Cannot read the Job that was made");
      return { outcome: "created", job: read };
    },
    readJob: async ({ name }) => {
      await Promise.resolve();
      refuse(`get jobs ${name}`);
      const job = tables.jobs.get(name);
      return job === undefined ? null : readJob(job);
    },
    deleteJob: async ({ name }) => {
      await Promise.resolve();
      refuse(`delete jobs ${name}`);
      const wasThere = tables.jobs.has(name);
      drop("jobs", name);
      return wasThere;
    },
    list: async ({ resource, next, limit, labelSelector }) => {
      await Promise.resolve();
      refuse(`list ${resource} ${next ?? ""}`);
      const [label = "", value] = (labelSelector ?? "").split("=");
      const all = [...tables[resource].values()].filter((object) => {
        const found = mapping(mapping(object["metadata"])["labels"])[label];
        return label === "" || (value === undefined ? found !== undefined : found === value);
      });
      const from = Number(next ?? 0);
      const items = all.slice(from, from + limit);
      const isLast = from + limit >= all.length;
      return { items, version: String(version), next: isLast ? null : String(from + limit) };
    },
    watch: async ({ resource, version: from }, { onOpen, onLine }, signal) => {
      await Promise.resolve();
      refuse(`watch ${resource} ${from}`);
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const watcher: Watcher = {
        resource,
        onLine,
        end: (thrown) => thrown === undefined ? resolve() : reject(thrown),
      };
      watchers.add(watcher);
      onOpen();
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      await promise.finally(() => watchers.delete(watcher));
    },
    readLog: async ({ name }) => {
      await Promise.resolve();
      refuse(`get pods/log ${name}`);
      return logs.get(name) ?? [];
    },
  };
  const logs = new Map<string, readonly string[]>();
  return {
    calls,
    put,
    putUnseen: (resource, object) => void putUnseen(resource, object),
    drop,
    all: (resource) => tables[resource],
    made,
    asked,
    fail: (what, ...all) => void failures.set(what, [...failures.get(what) ?? [], ...all]),
    cut: (failure) => {
      for (const { end } of [...watchers]) end(failure === undefined ? undefined : new FailureError(failure));
    },
    refuseWatches: (code) => {
      for (const { onLine, end } of [...watchers]) {
        try {
          onLine({ type: "refused", code, message: "the server's words" });
        } catch (thrown) {
          end(thrown);
        }
      }
    },
    loseAnswers: (count) => void (lost = count),
    logs,
  };
}
