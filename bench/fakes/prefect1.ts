/**
 * A Prefect 1 API with a queue of due runs.
 *
 * @module
 */

import { type FieldNode, Kind, parse, type ValueNode } from "graphql";
import { type Args, count, type FakeOptions, list, record, sleep, uuid } from "./shared.ts";

interface Row {
  readonly id: string;
  readonly flow: number;
  version: number;
  state: Record<string, unknown>;
}

/** The API. */
export class FakePrefect1 {
  readonly #o: FakeOptions;
  readonly #rows = new Map<string, Row>();
  readonly #queue: Row[] = [];
  readonly #logged = new Set<string>();
  readonly #api: Record<string, number> = {};
  readonly #polled = Promise.withResolvers<void>();
  readonly #released = Promise.withResolvers<void>();
  #failed = 0;
  readonly #runConfig: Args;
  #asts = new Map<string, readonly FieldNode[]>();

  constructor(options: FakeOptions) {
    this.#o = options;
    this.#runConfig = options.kubernetes === undefined ? ECS_RUN : KUBERNETES_RUN;
    for (let i = 0; i < options.runs; i++) {
      const start = new Date(Date.now() - 60_000 + i).toISOString();
      const row = {
        id: uuid(1, i),
        flow: i % options.flows,
        version: 1,
        state: { type: "Scheduled", message: "due", start_time: start, context: {}, cached_inputs: {} },
      };
      this.#rows.set(row.id, row);
      this.#queue.push(row);
    }
  }

  /** What was seen so far. */
  stats() {
    return { apiCalls: this.#api, failed: this.#failed, told: this.#logged.size };
  }

  /** Settles when the queue is asked for the first time. */
  polled(): Promise<void> {
    return this.#polled.promise;
  }

  /** Lets the first poll have its answer: from now on the runs are due. */
  release(): void {
    this.#released.resolve();
  }

  /** One Prefect call. */
  async answer(request: Request): Promise<Response> {
    const { query, variables } = await request.json();
    await sleep(this.#o.apiMs);
    const given: Args = typeof variables === "string" ? JSON.parse(variables) ?? {} : variables ?? {};
    const data: Args = {};
    if (this.#fields(query)[0]?.name.value === "get_runs_in_queue") {
      this.#polled.resolve();
      await this.#released.promise;
    }
    for (const field of this.#fields(query)) {
      const args = Object.fromEntries(
        (field.arguments ?? []).map((a) => [a.name.value, valueOf(a.value, given)]),
      );
      data[field.alias?.value ?? field.name.value] = selected(this.#resolve(field.name.value, args), field);
    }
    count(this.#api, this.#fields(query)[0]?.name.value ?? "?");
    return Response.json({ data });
  }

  #fields(query: string): readonly FieldNode[] {
    const known = this.#asts.get(query);
    if (known !== undefined) return known;
    const fields = parse(query).definitions.flatMap((d) =>
      d.kind === Kind.OPERATION_DEFINITION
        ? d.selectionSet.selections.filter((s) => s.kind === Kind.FIELD)
        : []
    );
    if (this.#asts.size < 5000) this.#asts.set(query, fields);
    return fields;
  }

  #resolve(name: string, args: Args): unknown {
    const input = record(args.input);
    if (name === "tenant") return [{ id: uuid(9, 1), slug: "bench", name: "bench" }];
    if (name === "auth_info") return { tenant_id: uuid(9, 1), api_token_scope: "RUNNER" };
    if (name === "register_agent") return { id: uuid(8, 1) };
    if (name === "hello") return "bench";
    if (name === "get_runs_in_queue") return { flow_run_ids: this.#due() };
    if (name === "flow_run_by_pk") return this.#metadata(JSON.stringify(args.id))[0] ?? null;
    if (name === "flow_run") return this.#metadata(JSON.stringify(args.where));
    if (name === "set_flow_run_states") {
      return { states: list(input.states).map((s) => this.#set(record(s))) };
    }
    if (name === "write_run_logs") return this.#log(list(input.logs));
    return null;
  }

  #due(): readonly string[] {
    while (this.#queue[0] !== undefined && this.#queue[0].state.type !== "Scheduled") this.#queue.shift();
    const due: string[] = [];
    for (const row of this.#queue) {
      if (row.state.type === "Scheduled") due.push(row.id);
      if (due.length >= this.#o.page) break;
    }
    return due;
  }

  #metadata(where: string): readonly Args[] {
    const ids = where.match(/[0-9a-f]{8}-0001-[0-9a-f-]{22}/g) ?? [];
    return [...new Set(ids)].flatMap((id) => {
      const row = this.#rows.get(id);
      return row === undefined ? [] : [rowOf(row, this.#runConfig)];
    });
  }

  #set(input: Args): Args {
    const row = this.#rows.get(String(input.flow_run_id));
    if (row === undefined) throw new RangeError(`no run ${input.flow_run_id}`);
    row.version++;
    row.state = record(input.state);
    if (row.state.type === "Failed") this.#failed++;
    return { id: row.id, status: "SUCCESS", message: null };
  }

  #log(logs: readonly unknown[]): Args {
    for (const log of logs) this.#logged.add(String(record(log).flow_run_id));
    return { success: true };
  }

  /** The task of a run began. */
  begin(run: string): void {
    const row = this.#rows.get(run);
    if (row === undefined || row.state.type !== "Submitted") return;
    row.version++;
    row.state = { type: "Running", message: "Running flow.", context: {}, cached_inputs: {} };
  }

  /** The flow of a run ended well. */
  end(run: string): void {
    const row = this.#rows.get(run);
    if (row === undefined || row.state.type !== "Running") return;
    row.version++;
    row.state = {
      type: "Success",
      message: "All reference tasks succeeded.",
      context: {},
      cached_inputs: {},
    };
  }
}

const ECS_RUN = { type: "ECSRun", labels: [], env: { EXTRA: "1" }, cpu: "256", memory: "512" };

const KUBERNETES_RUN = {
  type: "KubernetesRun",
  labels: [],
  env: { EXTRA: "1" },
  image: "example.com/flows:latest",
  cpu_request: "250m",
  memory_request: "512Mi",
};

function rowOf(row: Row, runConfig: Args): Args {
  const flow = {
    id: uuid(2, row.flow),
    name: `flow ${row.flow}`,
    version: 1,
    core_version: "0.15.13",
    environment: null,
    storage: { type: "S3", bucket: "b", key: `k${row.flow}` },
  };
  return {
    id: row.id,
    name: `run-${row.id.slice(0, 8)}`,
    version: row.version,
    state: row.state.type,
    serialized_state: row.state,
    parameters: {},
    scheduled_start_time: row.state.start_time,
    run_config: runConfig,
    flow,
    task_runs: [],
  };
}

/** Of rows only what was asked for. */
function selected(value: unknown, { selectionSet }: FieldNode): unknown {
  if (!Array.isArray(value) || selectionSet === undefined) return value;
  const names = selectionSet.selections.flatMap((s) => s.kind === Kind.FIELD ? [s.name.value] : []);
  return value.map((row) => Object.fromEntries(names.map((name) => [name, record(row)[name]])));
}

function valueOf(node: ValueNode, variables: Args): unknown {
  if (node.kind === Kind.VARIABLE) return variables[node.name.value];
  if (node.kind === Kind.LIST) return node.values.map((v) => valueOf(v, variables));
  if (node.kind === Kind.OBJECT) {
    return Object.fromEntries(node.fields.map((f) => [f.name.value, valueOf(f.value, variables)]));
  }
  if (node.kind === Kind.NULL) return null;
  return node.kind === Kind.INT || node.kind === Kind.FLOAT ? Number(node.value) : node.value;
}
