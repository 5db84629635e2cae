/**
 * A Prefect 3 API with a work pool of due runs: what a worker asks over HTTP, and its sockets.
 *
 * @module
 */

import { type Args, count, type FakeOptions, list, record, sleep, uuid } from "./shared.ts";

interface Run {
  readonly id: string;
  readonly deployment: string;
  state: Args;
  pid: string | null;
}

const POOL = { id: uuid(5, 1), queue: uuid(6, 1) } as const;

const UUIDS = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/** The API. */
export class FakePrefect3 {
  readonly #o: FakeOptions;
  readonly #runs = new Map<string, Run>();
  readonly #api: Record<string, number> = {};
  readonly #polled = Promise.withResolvers<void>();
  readonly #released = Promise.withResolvers<void>();
  #pool = "bench";
  /** The one that the worker brings along. */
  #template: unknown = {};
  #told = 0;
  #failed = 0;

  constructor(options: FakeOptions) {
    this.#o = options;
    for (let i = 0; i < options.runs; i++) {
      const due = new Date(Date.now() - 60_000 + i).toISOString();
      const run = { id: uuid(1, i), deployment: uuid(3, i % options.flows), state: {}, pid: null };
      this.#runs.set(run.id, run);
      this.#set(run, { type: "SCHEDULED", name: "Scheduled", state_details: { scheduled_time: due } });
    }
  }

  /** What was seen so far: requests by method and route, frames by type. */
  stats() {
    return { apiCalls: this.#api, failed: this.#failed, told: this.#told };
  }

  /** Settles when the queue is asked for the first time. */
  polled(): Promise<void> {
    return this.#polled.promise;
  }

  /** Lets the first poll have its answer: from now on the runs are due. */
  release(): void {
    this.#released.resolve();
  }

  /** The task of a run began. */
  begin(id: string): void {
    const run = this.#runs.get(id);
    if (run !== undefined) this.#set(run, { type: "RUNNING", name: "Running" });
  }

  /** The flow of a run ended well. */
  end(id: string): void {
    const run = this.#runs.get(id);
    if (run !== undefined) this.#set(run, { type: "COMPLETED", name: "Completed" });
  }

  /** One request, or the begin of a socket. */
  async answer(request: Request): Promise<Response> {
    const path = decodeURIComponent(new URL(request.url).pathname).replace(/^\/api/, "");
    if (request.headers.get("upgrade")?.toLowerCase() === "websocket") return this.#socket(request, path);
    const text = await request.text();
    const body = record(text === "" ? {} : JSON.parse(text));
    const route = `${request.method} ${path.replace(UUIDS, "{id}").replace(`/${this.#pool}`, "/{pool}")}`;
    if (path.endsWith("/get_scheduled_flow_runs")) {
      this.#polled.resolve();
      await this.#released.promise;
    }
    count(this.#api, route);
    await sleep(this.#o.apiMs);
    return this.#route(request.method, path, body, text);
  }

  #route(method: string, path: string, body: Args, text: string): Response {
    const parts = path.split("/").filter((part) => part !== "");
    const [first, second, third] = parts;
    if (first === "csrf-token") {
      return Response.json({ detail: "CSRF protection is disabled." }, { status: 422 });
    }
    if (first === "admin") return Response.json("3.9.1");
    if (first === "work_pools") return this.#pools(method, parts, body);
    if (path.startsWith("/flow_runs/filter")) return Response.json(this.#named(body).map(rowOf));
    if (path.startsWith("/flow_runs/bulk_set_state")) {
      const results = this.#named(body).map((run) => ({
        flow_run_id: run.id,
        ...this.#propose(run, record(body.state)),
      }));
      return Response.json({ results });
    }
    if (first === "flow_runs" && second !== undefined) return this.#run(method, second, third, body);
    if (first === "deployments") return this.#deployments(method, second, text);
    if (first === "flows") {
      const ids = method === "GET" ? [second ?? ""] : text.match(UUIDS) ?? [];
      const flows = ids.map((id) => ({ id, name: "bench", tags: [], labels: {} }));
      return Response.json(method === "GET" ? flows[0] : flows);
    }
    return new Response(null, { status: 204 });
  }

  #pools(method: string, [, pool = "", what, which]: readonly string[], body: Args): Response {
    if (pool !== "") this.#pool = pool;
    if (body.base_job_template !== undefined) this.#template = body.base_job_template;
    if (what === undefined) return Response.json(this.#poolRow(), { status: method === "POST" ? 201 : 200 });
    if (what === "get_scheduled_flow_runs") return Response.json(this.#due(Number(body.limit ?? 200)));
    if (what === "queues" && which === "filter") return Response.json([queueRow()]);
    if (what === "workers" && which === "filter") return Response.json([]);
    return new Response(null, { status: 204 });
  }

  #poolRow(): Args {
    return {
      id: POOL.id,
      created: "2026-01-01T00:00:00Z",
      updated: "2026-01-01T00:00:00Z",
      name: this.#pool,
      type: "ecs",
      description: null,
      base_job_template: this.#template,
      is_paused: false,
      concurrency_limit: null,
      status: "READY",
      default_queue_id: POOL.queue,
      storage_configuration: {},
    };
  }

  #due(limit: number): readonly Args[] {
    return [...this.#runs.values()].filter((run) => run.state.type === "SCHEDULED").slice(
      0,
      Math.min(limit, 200),
    )
      .map((run) => ({ work_pool_id: POOL.id, work_queue_id: POOL.queue, flow_run: rowOf(run) }));
  }

  #named(body: Args): readonly Run[] {
    const wanted = JSON.stringify(body.flow_runs ?? {}).match(UUIDS) ?? [];
    return wanted.flatMap((id) => this.#runs.get(id) ?? []);
  }

  #run(method: string, id: string, what: string | undefined, body: Args): Response {
    const run = this.#runs.get(id);
    if (run === undefined) return Response.json({ detail: "Flow run not found" }, { status: 404 });
    if (what === "set_state") return Response.json(this.#propose(run, record(body.state)), { status: 201 });
    if (method === "PATCH" && what === undefined && typeof body.infrastructure_pid === "string") {
      if (run.pid === null) this.#told++;
      run.pid = body.infrastructure_pid;
    }
    return method === "GET" ? Response.json(rowOf(run)) : new Response(null, { status: 204 });
  }

  #propose(run: Run, state: Args): Args {
    const { type, name } = run.state;
    const isSame = state.type === "PENDING" && type === "PENDING" && (state.name ?? "Pending") === name;
    if (isSame || type === "CRASHED") {
      return { state: run.state, status: "ABORT", details: { type: "abort_details", reason: "not now" } };
    }
    if (state.type === "CRASHED") this.#failed++;
    this.#set(run, state);
    return { state: run.state, status: "ACCEPT", details: { type: "accept_details" } };
  }

  #set(run: Run, state: Args): void {
    const details = { flow_run_id: run.id, ...record(state.state_details) };
    const scheduled = record(run.state.state_details).scheduled_time;
    run.state = {
      id: crypto.randomUUID(),
      type: state.type,
      name: state.name ?? "Pending",
      timestamp: new Date().toISOString(),
      message: state.message ?? null,
      data: null,
      state_details: { scheduled_time: scheduled, ...details },
    };
  }

  #deployments(method: string, id: string | undefined, text: string): Response {
    const ids = method === "GET" ? [id ?? ""] : text.match(UUIDS) ?? [];
    const rows = [...new Set(ids)].map((each) => this.#deploymentRow(each));
    return Response.json(method === "GET" ? rows[0] : rows);
  }

  #deploymentRow(id: string): Args {
    const at = Number.parseInt(id.slice(0, 8), 16);
    const isLimited = at < (this.#o.limitedDeployments ?? 0);
    const limit = {
      id: uuid(7, at),
      active: true,
      name: `deployment:${id}`,
      limit: 100_000,
      active_slots: 0,
    };
    return {
      id,
      created: "2026-01-01T00:00:00Z",
      updated: "2026-01-01T00:00:00Z",
      name: `deployment ${at}`,
      flow_id: uuid(2, at),
      job_variables: { image: `example/flow:${at}`, cpu: 256, memory: 512 },
      work_pool_name: this.#pool,
      work_queue_name: "default",
      tags: [],
      labels: {},
      parameters: {},
      global_concurrency_limit: isLimited ? limit : null,
      concurrency_options: null,
    };
  }

  #socket(request: Request, path: string): Response {
    const { socket, response } = Deno.upgradeWebSocket(request, { protocol: "prefect" });
    const name = path.split("/").slice(-2).join("/");
    socket.onmessage = ({ data }) => {
      const frame = record(JSON.parse(String(data)));
      count(this.#api, `frame ${name} ${frame.type ?? frame.event}`);
      if (frame.type === "auth") socket.send(JSON.stringify({ type: "auth_success" }));
      const brought = record(frame.payload).default_base_job_template;
      if (brought !== undefined) this.#template = brought;
      if (frame.type === "worker.hello.v1") socket.send(JSON.stringify(this.#ready(record(frame.payload))));
    };
    return response;
  }

  #ready(hello: Args): Args {
    return {
      type: "worker.ready.v1",
      id: crypto.randomUUID(),
      sent_at: new Date().toISOString(),
      payload: {
        consumer_id: hello.consumer_id,
        worker_id: null,
        selected_channel_version: "work_pool_worker_channel.v1",
        effective_heartbeat_interval_seconds: hello.heartbeat_interval_seconds ?? 30,
        accepted_capabilities: list(hello.requested_capabilities),
        rejected_capabilities: [],
        effective_max_cleanup_concurrency: 1,
        resolved_work_queues: [{ id: POOL.queue, name: "default" }],
        initial_snapshot: { snapshot_sequence: 1, reason: "initial", work_pool: this.#poolRow() },
      },
    };
  }
}

function queueRow(): Args {
  return {
    id: POOL.queue,
    created: "2026-01-01T00:00:00Z",
    updated: "2026-01-01T00:00:00Z",
    name: "default",
    description: "",
    is_paused: false,
    concurrency_limit: null,
    priority: 1,
    work_pool_id: POOL.id,
    status: "READY",
  };
}

/** A run as large as a server shows one. */
function rowOf({ id, deployment, state, pid }: Run): Args {
  const at = Number.parseInt(deployment.slice(0, 8), 16);
  return {
    id,
    created: "2026-01-01T00:00:00Z",
    updated: "2026-01-01T00:00:00Z",
    name: `run-${id.slice(0, 8)}`,
    flow_id: uuid(2, at),
    state_id: state.id,
    deployment_id: deployment,
    deployment_version: null,
    work_queue_id: POOL.queue,
    work_queue_name: "default",
    work_pool_name: "bench",
    flow_version: null,
    parameters: {},
    idempotency_key: null,
    context: {},
    empirical_policy: {
      max_retries: 0,
      retry_delay_seconds: 0,
      retries: null,
      retry_delay: null,
      pause_keys: [],
      resuming: false,
      retry_type: null,
    },
    tags: [],
    labels: { "prefect.flow.id": uuid(2, at), "prefect.deployment.id": deployment },
    parent_task_run_id: null,
    state_type: state.type,
    state_name: state.name,
    run_count: 0,
    expected_start_time: record(state.state_details).scheduled_time,
    next_scheduled_start_time: record(state.state_details).scheduled_time,
    start_time: null,
    end_time: null,
    total_run_time: 0,
    estimated_run_time: 0,
    estimated_start_time_delta: 0,
    auto_scheduled: false,
    infrastructure_document_id: null,
    infrastructure_pid: pid,
    created_by: null,
    job_variables: {},
    state,
  };
}
