/**
 * The whole agent in one process on a fake clock: real orchestrator, planners, actors and AWS SDK over a Prefect API and an
 * AWS that answer what they like.
 *
 * @module
 */

import { makeRedactor, type Redactor } from "../../../schemas/secrets/redact.ts";
import { NEVER } from "rxjs";
import { makeAwsClients } from "../../../actors/ecs/clients.ts";
import type { HttpAnswer, HttpCall, HttpRequest } from "../../../actors/http/http.ts";
import { makeLog } from "../../../actors/observability/log.ts";
import { type AgentEffects, runAgent } from "../../../agent/program.ts";
import { ecsAgent } from "../../../commands/wiring/ecs/agent.ts";
import { fargateAgent } from "../../../commands/wiring/fargate/agent.ts";
import { openConfigured } from "../../../commands/wiring/prefect1/on_ecs.ts";
import type { Dialect } from "../../../commands/wiring/dialect.ts";
import type { AgentOutput } from "../../../machines/agent.ts";
import type { LaunchPlan } from "../../../schemas/ecs/launch_plan.ts";
import type { OptionValues } from "../../../schemas/options/option.ts";
import type { AgentEmitted } from "../../../schemas/flow_run/events.ts";
import { isJsonObject, type Json, type JsonObject } from "../../../schemas/json/json.ts";
import { defaultLaunchPolicy } from "../../../schemas/flow_run/launch_policy.ts";
import { Secret } from "../../../schemas/secrets/secret.ts";
import type { Prefect1Settings } from "../../../schemas/prefect1/config/settings.ts";
import { type FakeClock, fakeClock } from "../../support/clock.ts";
import { wiredEffects } from "../../support/wired_effects.ts";
import { answer, type FakePrefect, fakePrefect } from "../../support/fake_prefect1.ts";
import { keySettings } from "../../support/prefect1_agent.ts";
import { hostile } from "./hostile_http.ts";
import { definition, ENV_SECRET, hostileRow, saneRow } from "./hostile_runs.ts";
import { makeRealWork, type RealWork, type WorkingClients } from "./real_work.ts";
import { anyJson, type Seeded, seeded } from "./seeded.ts";

const API_KEY = "sEcReT-api-key-0123456789";
const AGENT_ENV = "sEcReT-of-the-agents-variables";
const AWS_SECRET = "sEcReT/aws+secret+key/0123456789abcdef";
const AWS_SESSION = "sEcReT-session-token-0123456789";

/** Whatever shows one of these has leaked. */
export const SECRETS: readonly string[] = [API_KEY, AGENT_ENV, AWS_SECRET, AWS_SESSION, ENV_SECRET];

/** What happened in one case. */
export interface History {
  readonly lines: readonly string[];
  readonly ended: readonly AgentEmitted[];
  readonly prefect: FakePrefect;
  readonly isDone: boolean;
  readonly polls: number;
  /** Requests that AWS got. */
  readonly aws: readonly HttpRequest[];
  /** Ids of the runs that were well formed. */
  readonly sane: readonly string[];
}

/** How hostile everybody is. */
export interface Case {
  readonly seed: number;
  readonly flavour: "ecs" | "fargate";
  /** How often answers of the API are damaged. */
  readonly apiRate: number;
  /** How often answers of AWS are damaged. */
  readonly awsRate: number;
  readonly maxPolls: number;
}

const RUNS = 4;
const VIRTUAL_MS = 3_600_000;

/** Runs an agent to its end, or for an hour of its own time. */
export async function runCase(given: Case): Promise<History> {
  const from = seeded(given.seed);
  const world = makeWorld(given, from);
  const aws = await makeAwsClients({
    env: {
      AWS_DEFAULT_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "AKIAFUZZ",
      AWS_SECRET_ACCESS_KEY: AWS_SECRET,
      AWS_SESSION_TOKEN: AWS_SESSION,
    },
    http: world.work.outside(world.awsCall),
    clock: world.clock,
    redact: world.redact,
    maxAttempts: 1,
  });
  let isDone = false;
  const agent = programOf(given, world, world.work.within(aws)).finally(() => (isDone = true));
  agent.catch(() => undefined);
  await drive(world.clock, () => isDone);
  if (isDone) await agent;
  aws.close();
  const { lines, ended, prefect, requests, sane } = world;
  return {
    lines,
    ended,
    prefect,
    isDone,
    polls: prefect.of("get_runs_in_queue").length,
    aws: requests,
    sane,
  };
}

/** Steps that grow: most of what happens is over within seconds. */
async function drive(clock: FakeClock, isDone: () => boolean): Promise<void> {
  const end = clock.now() + VIRTUAL_MS;
  for (let i = 0; !isDone() && clock.now() < end; i++) await clock.advance(i < 200 ? 25 : 2_000);
}

interface World {
  readonly work: RealWork;
  readonly clock: FakeClock;
  readonly from: Seeded;
  readonly prefect: FakePrefect;
  readonly prefectCall: HttpCall;
  readonly awsCall: HttpCall;
  readonly requests: HttpRequest[];
  readonly lines: string[];
  readonly redact: Redactor;
  readonly ended: AgentEmitted[];
  readonly sane: readonly string[];
}

function makeWorld({ apiRate, awsRate }: Case, from: Seeded): World {
  const work = makeRealWork();
  const clock = fakeClock(undefined, work.settled);
  const ids = Array.from({ length: RUNS }, (_, i) => `f00dcafe-0000-4000-8000-00000000000${i}`);
  const isSane = ids.map((_, i) => i === RUNS - 1 || from.chance(0.2));
  const rows = ids.map((id, i) => isSane[i] ? saneRow(id) : hostileRow(id, from));
  const prefect = fakePrefect(ids.map((id, i) => {
    const { serialized_state: state, version, ...row } = rows[i] ?? {};
    return { id, version: version as number, state: isJsonObject(state) ? state : {}, row };
  }));
  const requests: HttpRequest[] = [];
  const honest = (request: HttpRequest) => {
    requests.push(request);
    return Promise.resolve(awsAnswer(request, from));
  };
  return {
    work,
    clock,
    from,
    prefect,
    prefectCall: hostile(tolerant(prefect.call), { from, clock, rate: apiRate }),
    awsCall: hostile(honest, { from, clock, rate: awsRate }),
    requests,
    lines: [],
    redact: makeRedactor(),
    ended: [],
    sane: ids.filter((_, i) => isSane[i]),
  };
}

/** The fake API trips over some damaged runs: to the agent that is a server error. */
function tolerant(call: HttpCall): HttpCall {
  return async (request) => {
    try {
      return await call(request);
    } catch (thrown) {
      if (thrown instanceof TypeError || thrown instanceof RangeError) return answer(500, "oops");
      throw thrown;
    }
  };
}

let tasks = 0;

/** ECS that says yes, S3 that holds templates of any kind. */
function awsAnswer({ headers, body: sent, url }: HttpRequest, from: Seeded): HttpAnswer {
  const body = bodyText(sent);
  const operation = (headers["x-amz-target"] ?? headers["X-Amz-Target"] ?? "").split(".").at(-1) ?? "";
  const request: JsonObject = body.startsWith("{") ? JSON.parse(body) : {};
  const arn = "arn:aws:ecs:us-east-1:123456789012:task-definition/x:1";
  switch (operation) {
    case "DescribeTaskDefinition":
      return refusal("ClientException", "Unable to describe task definition.");
    case "RegisterTaskDefinition":
      if (from.chance(0.05)) return refusal("ClientException", `Invalid: ${body}`);
      return json({
        taskDefinition: { ...request, taskDefinitionArn: arn, revision: 1, status: "ACTIVE" },
        tags: [],
      });
    case "RunTask": {
      if (from.chance(0.05)) return refusal("InvalidParameterException", `Bad override: ${body}`);
      if (from.chance(0.05)) {
        return json({ tasks: [], failures: [{ arn, reason: `RESOURCE:\u001b[1m ${body}` }] });
      }
      const taskArn = `arn:aws:ecs:us-east-1:123456789012:task/default/${
        (++tasks).toString(16).padStart(32, "0")
      }`;
      return json({
        tasks: [{ taskArn, lastStatus: "PROVISIONING", startedBy: request.startedBy }],
        failures: [],
      });
    }
    case "GetResources":
      return json({ ResourceTagMappingList: [] });
    case "":
      return url.includes("ec2.") ? network(body) : { ...template(from), headers: {} };
    default:
      return json({});
  }
}

/** What was sent, as text. */
export function bodyText(body: HttpRequest["body"]): string {
  return typeof body === "string" ? body : new TextDecoder().decode(body);
}

function network(body: string): HttpAnswer {
  const head = `<?xml version="1.0"?>`;
  return body.includes("DescribeVpcs")
    ? answer(
      200,
      `${head}<DescribeVpcsResponse><vpcSet><item><vpcId>vpc-1</vpcId></item></vpcSet></DescribeVpcsResponse>`,
    )
    : answer(
      200,
      `${head}<DescribeSubnetsResponse><subnetSet><item><subnetId>subnet-1</subnetId></item></subnetSet></DescribeSubnetsResponse>`,
    );
}

/** A template file of any YAML. */
export function template(from: Seeded): HttpAnswer {
  return answer(200, templateText(from));
}

/** A text that stands where a template is looked for. */
export function templateText(from: Seeded): string {
  if (from.chance(0.4)) return "{}";
  return from.pick([
    () => JSON.stringify(definition(from)),
    () => JSON.stringify(anyJson(from)),
    () => `containerDefinitions:\n- name: flow\n  environment: [{name: A, value: ${ENV_SECRET}}]\n  x: [`,
    () => `A: ${ENV_SECRET}\n\tB: 1`,
    () => "a: &a [*a, *a]",
    () => "&a [*b]",
    () => "? {a: b}\n: 1\n",
    () => "!!python/object/apply:os.system ['id']",
    () => `a: &a ["x","x","x"]\nb: &b [*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c]`,
    () => `${"[".repeat(5_000)}${"]".repeat(5_000)}`,
    () => `${"{a: ".repeat(2_000)}1${"}".repeat(2_000)}`,
    () => "__proto__:\n  polluted: yes\nconstructor: {prototype: {polluted: 1}}\n",
    () => "\u0000\u0001",
    () => "--- a\n--- b\n",
    () => "",
  ])();
}

function json(value: Json): HttpAnswer {
  return answer(200, value, { "content-type": "application/x-amz-json-1.1" });
}

function refusal(code: string, message: string): HttpAnswer {
  return answer(400, { __type: code, message }, { "content-type": "application/x-amz-json-1.1" });
}

/** Settings with a secret in every place that may hold one. */
export const SETTINGS: Prefect1Settings = {
  ...keySettings,
  credential: { kind: "key", key: new Secret(API_KEY), tenantId: "tenant-1" },
  envVars: { AGENT_PASSWORD: AGENT_ENV },
  logLevel: "DEBUG",
};

const FLAVOURS = { ecs: ecsAgent, fargate: fargateAgent } as const;

function programOf(given: Case, world: World, aws: WorkingClients): Promise<AgentOutput> {
  const typed = { values: optionsOf(given, world.from), pairs: [] };
  return openConfigured(
    FLAVOURS[given.flavour],
    typed,
    { settings: SETTINGS, env: {}, readText: () => null },
    (open) =>
      runAgent({
        flavour: open.flavour,
        options: open.options,
        effects: effectsOf(open.dialect, world, aws),
        policy: defaultLaunchPolicy,
        maxPolls: given.maxPolls,
        graceMs: 25_000,
        pollTimeoutMs: 60_000,
        maxTasks: null,
        reconcileMs: 60_000,
        owner: { agent: "agent", scope: "us-east-1/default" },
        stop$: NEVER,
        poke$: NEVER,
        onEnded: (event) => world.ended.push(event),
      }),
  );
}

function optionsOf({ flavour }: Case, from: Seeded): OptionValues {
  if (flavour === "ecs") return { "task-definition-per-run": from.chance(0.3) };
  return {
    "use-external-kwargs": true,
    "external-kwargs-s3-bucket": "kw",
    "external-kwargs-s3-key": "p",
    "enable-task-revisions": from.chance(0.5),
  };
}

/** The agent's own wiring over this world's transports. */
function effectsOf<Run>(
  dialect: Pick<Dialect<Run>, "orchestrator" | "readSource" | "unplacedText">,
  { clock, from, lines, redact, prefectCall, awsCall }: World,
  aws: WorkingClients,
): AgentEffects<Run, LaunchPlan> {
  return wiredEffects({
    dialect,
    call: (request) => request.url.startsWith(SETTINGS.apiUrl) ? prefectCall(request) : awsCall(request),
    clock,
    random: from.next,
    redact,
    log: makeLog({ write: (line) => lines.push(line), redact, clock, level: "DEBUG", name: "agent" }),
    aws: {
      ...aws,
      region: "us-east-1",
      readLogTail: () => Promise.resolve([]),
      readVpcNetwork: () => Promise.reject(new Error("agents of Prefect 1 read no VPC by id")),
    },
    readFile: () => Promise.resolve(templateText(from)),
  }).effects;
}
