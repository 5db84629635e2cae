/**
 * The other side of the benchmark, in a process of its own: a Prefect 1 API with a queue of due runs and an ECS that
 * accepts tasks, both as slow as asked. Counts calls and notes when each run's RunTask was accepted.
 *
 * @module
 */

import { standardOutput } from "../actors/output/output.ts";
import { type FieldNode, Kind, parse, type ValueNode } from "graphql";
import { AwsError } from "../sandbox/ecs/error.ts";
import {
  type BucketName,
  bucketOf,
  createLimiter,
  type Draw,
  fargateDraws,
  type Limiter,
} from "../sandbox/ecs/limits.ts";

/** How the fakes behave. */
export interface FakeOptions {
  readonly runs: number;
  readonly flows: number;
  /** Latency of each AWS call, in milliseconds. */
  readonly awsMs: number;
  /** Up to this much longer does a call travel to AWS, in milliseconds. */
  readonly awsJitterMs: number;
  /** How long after RunTask a run reports Running, in milliseconds; null: never. */
  readonly startsAfterMs: number | null;
  /** Others in the account start tasks, too. */
  readonly foreign: ForeignLoad | null;
  /** Latency of each Prefect call, in milliseconds. */
  readonly apiMs: number;
  /** Runs per queue answer. */
  readonly page: number;
  /** Token buckets as documented by AWS. */
  readonly limited: boolean;
}

/** RunTask calls of somebody else. */
export interface ForeignLoad {
  readonly perS: number;
  /** From when on, and until when, in seconds since the queue was first asked. */
  readonly fromS: number;
  readonly untilS: number;
}

/** What the fakes saw. */
export interface FakeStats {
  readonly apiCalls: Record<string, number>;
  readonly awsCalls: Record<string, number>;
  readonly throttled: number;
  /** Milliseconds from the release to acceptance, per run, in order of acceptance. */
  readonly acceptedMs: readonly number[];
  /** Runs with more than one task. */
  readonly twice: number;
  readonly failed: number;
  /** Every run has a task (or failed) and its log line. */
  readonly done: boolean;
}

interface Row {
  readonly id: string;
  readonly flow: number;
  version: number;
  state: Record<string, unknown>;
}

type Args = Record<string, unknown>;

const uuid = (kind: number, n: number): string =>
  `${n.toString(16).padStart(8, "0")}-000${kind}-4000-8000-${n.toString(16).padStart(12, "0")}`;

/** Where the fakes' account is. */
const REGION = "us-east-1";

/** Everything that a call draws; tasks of FARGATE_SPOT are launched by a strategy. */
function drawsOf(operation: string, params: Args): readonly (BucketName | Draw)[] {
  const bucket = bucketOf(operation);
  if (bucket === undefined) return [];
  if (operation !== "RunTask") return [bucket];
  const isSpot = JSON.stringify(params.capacityProviderStrategy ?? "").includes("FARGATE_SPOT");
  const placement = isSpot
    ? { launchType: "FARGATE", capacityProvider: "FARGATE_SPOT" }
    : { launchType: String(params.launchType), capacityProvider: null };
  return [bucket, ...fargateDraws(placement, 1)];
}

/** The fakes' world. */
export class Fakes {
  readonly #o: FakeOptions;
  readonly #rows = new Map<string, Row>();
  readonly #queue: Row[] = [];
  readonly #tasks = new Map<string, number>();
  readonly #tokens = new Map<string, string>();
  /** What RunTask was given, by ARN: DescribeTasks shows it. */
  readonly #started = new Map<string, Args>();
  readonly #logged = new Set<string>();
  readonly #definitions = new Map<string, { arn: string; body: Args }[]>();
  readonly #api: Record<string, number> = {};
  readonly #aws: Record<string, number> = {};
  readonly #accepted: number[] = [];
  readonly #limiter: Limiter;
  readonly #polled = Promise.withResolvers<void>();
  readonly #released = Promise.withResolvers<void>();
  #failed = 0;
  #throttled = 0;
  #visibleAt = 0;
  #asts = new Map<string, readonly FieldNode[]>();

  constructor(options: FakeOptions) {
    this.#o = options;
    this.#limiter = createLimiter(options.limited ? "documented" : "none", { now: () => performance.now() });
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
  stats(): FakeStats {
    return {
      apiCalls: this.#api,
      awsCalls: this.#aws,
      throttled: this.#throttled,
      acceptedMs: this.#accepted,
      twice: [...this.#tasks.values()].filter((n) => n > 1).length,
      failed: this.#failed,
      done: this.#tasks.size + this.#failed >= this.#o.runs && this.#logged.size >= this.#o.runs,
    };
  }

  /** Settles when the queue is asked for the first time. */
  polled(): Promise<void> {
    return this.#polled.promise;
  }

  /** Lets the first poll have its answer: from now on the runs are due. */
  release(): void {
    this.#visibleAt = performance.now();
    if (this.#o.foreign !== null) this.#beginForeign(this.#o.foreign);
    this.#released.resolve();
  }

  /** One Prefect call. */
  async api(request: Request): Promise<Response> {
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

  /** One ECS call. */
  async aws(request: Request): Promise<Response> {
    const operation = request.headers.get("x-amz-target")?.split(".").at(-1) ?? "?";
    const params: Args = await request.json();
    await sleep(this.#o.awsMs / 2 + Math.random() * this.#o.awsJitterMs);
    const answer = this.#admit(operation, params) ? this.#ecs(operation, params) : this.#throttle();
    count(this.#aws, operation);
    await sleep(this.#o.awsMs / 2);
    return answer;
  }

  #admit(operation: string, params: Args): boolean {
    try {
      for (const draw of drawsOf(operation, params)) this.#limiter.take(draw, REGION);
      return true;
    } catch (thrown) {
      if (thrown instanceof AwsError) return false;
      throw thrown;
    }
  }

  #throttle(): Response {
    this.#throttled++;
    return Response.json({ __type: "ThrottlingException", message: "Rate exceeded" }, { status: 400 });
  }

  /** Somebody else starts Fargate tasks. */
  #beginForeign({ perS, fromS, untilS }: ForeignLoad): void {
    const request = { launchType: "FARGATE" };
    setTimeout(() => {
      const id = setInterval(() => this.#admit("RunTask", request), 1000 / perS);
      setTimeout(() => clearInterval(id), 1000 * (untilS - fromS));
    }, 1000 * fromS);
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
      return row === undefined ? [] : [rowOf(row)];
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

  #ecs(operation: string, params: Args): Response {
    if (operation === "DescribeTaskDefinition") {
      const found = this.#definitions.get(String(params.taskDefinition))?.at(-1);
      if (found !== undefined) {
        return Response.json({ taskDefinition: describe(found), tags: found.body.tags ?? [] });
      }
      return Response.json({ __type: "ClientException", message: "Unable to describe task definition." }, {
        status: 400,
      });
    }
    if (operation === "RegisterTaskDefinition") {
      const family = String(params.family);
      const revisions = this.#definitions.get(family) ?? [];
      const arn = `arn:aws:ecs:us-east-1:123456789012:task-definition/${family}:${revisions.length + 1}`;
      const made = { arn, body: params };
      this.#definitions.set(family, [...revisions, made]);
      return Response.json({ taskDefinition: describe(made), tags: params.tags ?? [] });
    }
    if (operation === "RunTask") return this.#runTask(params);
    if (operation === "DeregisterTaskDefinition") return Response.json({ taskDefinition: {} });
    if (operation === "DescribeTasks") {
      return Response.json({ tasks: list(params.tasks).map((arn) => this.#running(arn)), failures: [] });
    }
    if (operation === "ListTasks") return Response.json({ taskArns: [] });
    return Response.json({ __type: "UnsupportedFeatureException", message: operation }, { status: 400 });
  }

  #begin(run: string): void {
    const row = this.#rows.get(run);
    if (row === undefined || row.state.type !== "Submitted") return;
    row.version++;
    row.state = { type: "Running", message: "Running flow.", context: {}, cached_inputs: {} };
  }

  /** A task as large as AWS shows one on Fargate. */
  #running(arn: unknown): Args {
    const id = String(arn).split("/").at(-1) ?? "";
    const given = this.#started.get(String(arn)) ?? {};
    return {
      ...given,
      ...RUNNING_TASK,
      taskArn: arn,
      taskDefinitionArn: given.taskDefinition,
      attachments: [{ ...RUNNING_TASK.attachments[0], id }],
      containers: [{ ...RUNNING_TASK.containers[0], taskArn: arn, runtimeId: id }],
    };
  }

  #runTask(params: Args): Response {
    const token = String(params.clientToken);
    const known = this.#tokens.get(token);
    const arn = known ??
      `arn:aws:ecs:us-east-1:123456789012:task/default/${
        (this.#tokens.size + 1).toString(16).padStart(32, "0")
      }`;
    if (known === undefined) {
      this.#tokens.set(token, arn);
      const run = /[0-9a-f]{8}-0001-[0-9a-f-]{22}/.exec(JSON.stringify(params.overrides))?.[0] ?? "?";
      this.#tasks.set(run, (this.#tasks.get(run) ?? 0) + 1);
      this.#accepted.push(performance.now() - this.#visibleAt);
      this.#started.set(arn, {
        taskDefinition: params.taskDefinition,
        overrides: params.overrides,
        startedBy: run,
      });
      if (this.#o.startsAfterMs !== null) setTimeout(() => this.#begin(run), this.#o.startsAfterMs);
    }
    const task = {
      taskArn: arn,
      lastStatus: "PROVISIONING",
      desiredStatus: "RUNNING",
      startedBy: params.startedBy,
      containers: [],
    };
    return Response.json({ tasks: [task], failures: [] });
  }
}

const ADDRESS = "10.0.1.17";

/** @see "DescribeTasks", sample of a Fargate task */
const RUNNING_TASK = {
  attachments: [{
    type: "ElasticNetworkInterface",
    status: "ATTACHED",
    details: [
      { name: "subnetId", value: "subnet-0f2b6a1d4c3e5f789" },
      { name: "networkInterfaceId", value: "eni-0a1b2c3d4e5f67890" },
      { name: "macAddress", value: "0e:9c:6b:2e:a1:47" },
      { name: "privateDnsName", value: "ip-10-0-1-17.ec2.internal" },
      { name: "privateIPv4Address", value: ADDRESS },
    ],
  }],
  attributes: [{ name: "ecs.cpu-architecture", value: "x86_64" }],
  availabilityZone: "us-east-1b",
  clusterArn: "arn:aws:ecs:us-east-1:123456789012:cluster/default",
  connectivity: "CONNECTED",
  connectivityAt: 1_700_000_000.123,
  containers: [{
    containerArn: "arn:aws:ecs:us-east-1:123456789012:container/default/4df26bb4-f057-467b-a079-961675296e64",
    name: "flow",
    image: "123456789012.dkr.ecr.us-east-1.amazonaws.com/flows:latest",
    imageDigest: "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    lastStatus: "RUNNING",
    networkBindings: [],
    networkInterfaces: [{ attachmentId: "a1", privateIpv4Address: ADDRESS }],
    healthStatus: "UNKNOWN",
    cpu: "0",
  }],
  cpu: "256",
  createdAt: 1_700_000_000.123,
  desiredStatus: "RUNNING",
  enableExecuteCommand: false,
  ephemeralStorage: { sizeInGiB: 20 },
  group: "family:prefect",
  healthStatus: "UNKNOWN",
  lastStatus: "RUNNING",
  launchType: "FARGATE",
  memory: "512",
  platformFamily: "Linux",
  platformVersion: "1.4.0",
  pullStartedAt: 1_700_000_010.123,
  pullStoppedAt: 1_700_000_020.123,
  startedAt: 1_700_000_030.123,
  tags: [],
  version: 3,
} as const;

function describe({ arn, body }: { arn: string; body: Args }): Args {
  return { ...body, taskDefinitionArn: arn, revision: Number(arn.split(":").at(-1)), status: "ACTIVE" };
}

function rowOf(row: Row): Args {
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
    run_config: { type: "ECSRun", labels: [], env: { EXTRA: "1" }, cpu: "256", memory: "512" },
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

function record(value: unknown): Args {
  return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

function count(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

if (import.meta.main) {
  const fakes = new Fakes(JSON.parse(Deno.args[0] ?? "{}"));
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => undefined },
    async (request) => {
      const { pathname } = new URL(request.url);
      if (pathname === "/stats") return Response.json(fakes.stats());
      if (pathname === "/polled") return new Response(await fakes.polled().then(() => "polled"));
      if (pathname === "/release") return new Response((fakes.release(), "released"));
      return await (request.headers.has("x-amz-target") ? fakes.aws(request) : fakes.api(request));
    },
  );
  standardOutput.line(String(server.addr.port));
}
