/**
 * A Kubernetes API server with one namespace whose Jobs run and end, as slow as asked.
 *
 * @see "Kubernetes API Concepts" in the Kubernetes documentation
 * @module
 */

import { jobObject, podObject, podStatus } from "./kubernetes_objects.ts";
import {
  type Args,
  count,
  type FakeOptions,
  type KubernetesOptions,
  record,
  runIn,
  sleep,
} from "./shared.ts";
import { type Kind, WatchedObjects } from "./watched_objects.ts";

/** How a run's pod tells the API what it does. */
export interface FlowReports {
  /** The flow of a run began. */
  readonly begin: (run: string) => void;
  /** The flow of a run ended well. */
  readonly end: (run: string) => void;
}

const DEFAULTS: KubernetesOptions = { callMs: 10, startsAfterMs: 20, endsAfterMs: 200 };

/** Where an object is, by its path. */
interface Place {
  readonly kind: Kind;
  /** Null: all of them. */
  readonly name: string | null;
}

/** The cluster. */
export class FakeKubernetes {
  readonly #o: KubernetesOptions;
  readonly #reports: FlowReports;
  readonly #objects = new WatchedObjects();
  readonly #calls: Record<string, number> = {};
  readonly #accepted: number[] = [];
  /** Jobs that were made for each run. */
  readonly #made = new Map<string, number>();
  #deleted = 0;
  #releasedMs = 0;

  constructor({ kubernetes = DEFAULTS }: Pick<FakeOptions, "kubernetes">, reports: FlowReports) {
    this.#o = kubernetes;
    this.#reports = reports;
  }

  /** What was seen so far: calls by verb and resource. */
  stats() {
    return {
      platformCalls: this.#calls,
      throttled: 0,
      acceptedMs: this.#accepted,
      twice: [...this.#made.values()].filter((n) => n > 1).length,
      launched: this.#made.size,
      deleted: this.#deleted,
    };
  }

  /** The runs are due from now on. */
  release(): void {
    this.#releasedMs = performance.now();
  }

  /** One call; a watch stays open. */
  async answer(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const place = placeOf(url.pathname);
    if (place === null) return refused(404, "NotFound", `nothing is at ${url.pathname}`);
    const isWatch = url.searchParams.get("watch") === "true";
    count(this.#calls, `${verbOf(request.method, place, isWatch)} ${place.kind}`);
    const text = await request.text();
    await sleep(this.#o.callMs);
    if (isWatch) return this.#objects.watch(place.kind, url.searchParams);
    if (request.method === "POST") return this.#create(record(JSON.parse(text)));
    if (request.method === "DELETE") return this.#delete(place.name ?? "");
    if (place.name === null) return Response.json(this.#objects.page(place.kind, url.searchParams));
    const found = this.#objects.get(place.kind, place.name);
    return found === undefined ? missing(place) : Response.json(found);
  }

  #create(given: Args): Response {
    const job = jobObject(given, crypto.randomUUID());
    const name = nameOf(job);
    if (this.#objects.get("jobs", name) !== undefined) {
      return refused(409, "AlreadyExists", `jobs.batch "${name}" already exists`);
    }
    const run = runIn(JSON.stringify(record(job.metadata).labels)) ?? "?";
    this.#made.set(run, (this.#made.get(run) ?? 0) + 1);
    this.#accepted.push(performance.now() - this.#releasedMs);
    const stored = this.#objects.put("jobs", job);
    this.#play(name, run);
    return Response.json(stored, { status: 201 });
  }

  /** The controller, the scheduler and the kubelet. */
  #play(name: string, run: string): void {
    this.#change(name, { active: 1, ready: 0 }, podStatus("Pending"));
    setTimeout(() => {
      this.#reports.begin(run);
      this.#change(name, { active: 1, ready: 1 }, podStatus("Running"));
      if (this.#o.endsAfterMs === null) return;
      setTimeout(() => {
        this.#reports.end(run);
        this.#change(name, ENDED, podStatus("Succeeded"));
      }, this.#o.endsAfterMs);
    }, this.#o.startsAfterMs);
  }

  #change(name: string, status: Args, podStatus: Args): void {
    const job = this.#objects.get("jobs", name);
    if (job === undefined || record(job.metadata).deletionTimestamp !== undefined) return;
    this.#objects.put("pods", podObject(job, podStatus));
    this.#objects.put("jobs", { ...job, status });
  }

  /** In the foreground: the Job is marked, its pod goes, then the Job does. */
  #delete(name: string): Response {
    const job = this.#objects.get("jobs", name);
    if (job === undefined) return missing({ kind: "jobs", name });
    const deletionTimestamp = new Date().toISOString();
    const marked = this.#objects.put("jobs", {
      ...job,
      metadata: { ...record(job.metadata), deletionTimestamp },
    });
    this.#objects.drop("pods", `${name}-pod`);
    this.#objects.drop("jobs", name);
    this.#deleted++;
    return Response.json(marked);
  }
}

const ENDED = {
  succeeded: 1,
  conditions: [{ type: "Complete", status: "True", lastTransitionTime: "2026-01-01T00:00:00Z" }],
};

function placeOf(path: string): Place | null {
  const found = /\/namespaces\/[^/]+\/(jobs|pods|events)(?:\/([^/]+))?$/.exec(path);
  const [, kind, name = null] = found ?? [];
  return kind === "jobs" || kind === "pods" || kind === "events" ? { kind, name } : null;
}

function verbOf(method: string, { name }: Place, isWatch: boolean): string {
  if (isWatch) return "watch";
  if (method === "POST") return "create";
  if (method === "DELETE") return "delete";
  return name === null ? "list" : "get";
}

function nameOf(object: Args): string {
  return String(record(object.metadata).name);
}

function missing({ kind, name }: Place): Response {
  return refused(404, "NotFound", `${kind} "${name}" not found`);
}

function refused(code: number, reason: string, message: string): Response {
  return Response.json({ kind: "Status", apiVersion: "v1", status: "Failure", message, reason, code }, {
    status: code,
  });
}
