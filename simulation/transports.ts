/**
 * The transports of an agent into the simulated world: HTTP to Prefect, calls to AWS.
 *
 * @module
 */

import type { EcsCalls } from "../actors/ecs/calls.ts";
import type { AgentAws } from "../actors/ecs/clients.ts";
import type { HttpAnswer, HttpCall } from "../actors/http/http.ts";
import { FailureError } from "../schemas/failure/failure.ts";
import type { EcsWorld } from "./ecs/world.ts";
import type { RootField } from "./prefect1/hasura.ts";
import type { AgentProcess, CrashBudget } from "./agent_process.ts";
import { TEMPLATE_TEXT } from "./world/named_by_runs.ts";
import { type Delivery, send } from "./network.ts";
import { type makePrefectApi, readFields, type Shown } from "./prefect1/api.ts";
import { fault, windowNow, type World } from "./world/world.ts";

/** What a transport needs. */
export interface TransportDeps {
  readonly world: World;
  readonly process: AgentProcess;
  readonly crashes: CrashBudget;
}

type PrefectApi = ReturnType<typeof makePrefectApi>;

const ENCODER = new TextEncoder();

function httpAnswer(status: number, text: string): HttpAnswer {
  return { status, headers: {}, body: ENCODER.encode(text) };
}

/** HTTP to the Prefect API. */
export function prefectHttp({ world, process, crashes }: TransportDeps, api: PrefectApi): HttpCall {
  return (request) => {
    const fields = readFields(String(request.body));
    const operation = fields[0]?.name ?? "nothing";
    return send<Served>(world, {
      process,
      crashes,
      operation,
      timeoutMs: request.timeoutMs ?? 15_000,
      signal: request.signal,
      execute: ({ sentMs }) => serve({ world, process, crashes }, api, { fields, operation, sentMs }),
      lost: lostHttp,
    }).then(({ answer, shown, executedMs }) => {
      for (const one of shown) world.history.add({ what: "read", agent: process.id, ...one, executedMs });
      return answer;
    });
  };
}

function lostHttp(how: "reset" | "timeout" | "serverError"): FailureError {
  if (how === "timeout") return new FailureError({ tag: "timedOut", message: "No answer within 15 s" });
  if (how === "reset") return new FailureError({ tag: "unreachable", message: "Connection reset" });
  return new FailureError({ tag: "unavailable", status: 502, message: "HTTP 502" });
}

/** An answer, and what it shows of flow runs. */
interface Served {
  readonly answer: HttpAnswer;
  readonly shown: readonly Shown[];
  readonly executedMs: number;
}

interface Request {
  readonly fields: readonly RootField[];
  readonly operation: string;
  readonly sentMs: number;
}

function serve(
  { world, process }: TransportDeps,
  api: PrefectApi,
  { fields, operation, sentMs }: Request,
): Served {
  const outage = windowNow(world, world.scenario.outages);
  if (outage !== null) fault(world, `api ${outage.how}`, operation, process.id);
  switch (outage?.how) {
    case "down":
    case "hang":
      throw lostHttp(outage.how === "down" ? "reset" : "timeout");
    case "503":
      return blind(503, "Service Unavailable");
    case "html":
      return blind(200, "<html>Maintenance</html>");
    case "401":
      return blind(401, "{}");
  }
  const { body: answer, shown } = api(fields, { agent: process.id, sentMs });
  if (outage?.how === "after") return blind(500, "Internal Server Error");
  const executedMs = world.time.now();
  world.history.add({
    what: "net",
    agent: process.id,
    text: `${operation} ${"errors" in answer ? "refused" : "done"}`,
  });
  return { answer: httpAnswer(200, JSON.stringify(answer)), shown, executedMs };
}

function blind(status: number, text: string): Served {
  return { answer: httpAnswer(status, text), shown: [], executedMs: 0 };
}

const AWS_TIMEOUT_MS = 20_000;

/** AWS as the agent's wiring takes it, below pacing. */
export function awsClients(deps: TransportDeps, ecs: EcsWorld): AgentAws {
  const { variant } = deps.world.scenario;
  const read = <T>(operation: string, signal: AbortSignal, value: T): Promise<T> =>
    variant.readsTravel
      ? sendToAws(deps, { operation, signal, execute: () => value })
      : Promise.resolve(value);
  return {
    region: "us-east-1",
    ecs: ecsCalls(deps, ecs),
    readDefaultSubnets: (signal) => read("DescribeSubnets", signal, ["subnet-1"]),
    readVpcNetwork: (vpcId, signal) =>
      read("DescribeSubnets", signal, { vpcId: vpcId ?? "vpc-1", subnets: ["subnet-1"] }),
    readS3Object: (_place, signal) =>
      read("GetObject", signal, { found: true, bytes: new TextEncoder().encode(TEMPLATE_TEXT) }),
    readLogTail: (_place, _lines, signal) => read("GetLogEvents", signal, ["Killed"]),
  };
}

interface AwsRequest<T> {
  readonly operation: string;
  readonly signal: AbortSignal;
  readonly execute: (delivery: Delivery) => T;
}

function sendToAws<T>(deps: TransportDeps, { operation, signal, execute }: AwsRequest<T>): Promise<T> {
  const { world, process, crashes } = deps;
  return send<T>(world, {
    process,
    crashes,
    operation,
    timeoutMs: AWS_TIMEOUT_MS,
    signal,
    execute: (delivery) => noted(deps, operation, () => execute(delivery)),
    lost: (how) => lostAws(operation, how),
  });
}

function ecsCalls(deps: TransportDeps, ecs: EcsWorld): EcsCalls {
  const ask = <T>(operation: string, signal: AbortSignal, execute: (delivery: Delivery) => T) =>
    sendToAws(deps, { operation, signal, execute });
  const agent = deps.process.id;
  return {
    describeTaskDefinition: (name, s) =>
      ask("DescribeTaskDefinition", s, () => ecs.describeTaskDefinition(name)),
    registerTaskDefinition: (request, s) =>
      ask(
        "RegisterTaskDefinition",
        s,
        (delivery) => ecs.registerTaskDefinition(request, { agent, ...delivery }),
      ),
    deregisterTaskDefinition: (arn, s) =>
      ask("DeregisterTaskDefinition", s, () => ecs.deregisterTaskDefinition(arn)),
    runTask: (request, s) => ask("RunTask", s, (delivery) => ecs.runTask(request, { agent, ...delivery })),
    describeTasks: (cluster, arns, s) => ask("DescribeTasks", s, () => ecs.describeTasks(cluster, arns)),
    listTasks: (cluster, by, s) => ask("ListTasks", s, () => ecs.listTasks(cluster, by)),
    stopTask: (cluster, arn, reason, s) =>
      ask("StopTask", s, (delivery) => ecs.stopTask(cluster, arn, reason, { agent, ...delivery })),
    findDefinitionsByTag: (tags, s) => ask("GetResources", s, () => ecs.findDefinitionsByTag(tags)),
  };
}

function noted<T>({ world, process }: TransportDeps, operation: string, work: () => T): T {
  try {
    const result = work();
    world.history.add({ what: "net", agent: process.id, text: `${operation} done` });
    return result;
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    world.history.add({ what: "net", agent: process.id, text: `${operation} refused: ${why}` });
    throw thrown;
  }
}

const WRITES: ReadonlySet<string> = new Set([
  "RegisterTaskDefinition",
  "DeregisterTaskDefinition",
  "RunTask",
  "StopTask",
]);

function lostAws(operation: string, how: "reset" | "timeout" | "serverError"): FailureError {
  const message = `${operation}: ${how}`;
  if (WRITES.has(operation)) return new FailureError({ tag: "unknownOutcome", operation, message });
  if (how === "serverError") return new FailureError({ tag: "unavailable", status: 500, message });
  return new FailureError({ tag: how === "timeout" ? "timedOut" : "unreachable", message });
}
