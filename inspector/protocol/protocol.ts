/**
 * What the inspector's page is told, over the websocket `/ws` and by HTTP. All of it is plain JSON without secrets; times
 * are milliseconds since 1970, durations milliseconds.
 *
 * The websocket, server to page ({@link ServerMessage}):
 * 1. `hello`, once for each connection: who is shown.
 * 2. `snapshot`: the whole overview. Or, when the page came back with `/ws?session=ID&since=SEQ` of the same session and
 *    nothing it needs has been forgotten, one `update` with everything that changed after SEQ.
 * 3. `update`, at most every 100 ms and only when something changed: rows that are new or changed, ids that are gone, and
 *    each of the small parts that changed. `seq` grows, by any amount: it says how much the page knows, nothing is ever
 *    missing between two updates of one connection, and the last one is what `since` asks for after a break.
 * 4. `run`, at most every 100 ms: the whole detail of the run the page watches, at first and whenever it changed.
 *
 * Page to server ({@link ClientMessage}): `watch` names the run to be told about, null for none. Nothing else is understood and
 * nothing the page says reaches the machines.
 *
 * HTTP, all GET: `/api/overview` answers a `snapshot` message, `/api/runs/ID` a {@link RunDetail} (404 when forgotten), `/api/charts`
 * a list of {@link ChartLayout}. Where a token is asked for, it is sent as `?token=` or as the cookie that the first page set.
 *
 * @module
 */

import * as v from "valibot";
import type { Json } from "../../schemas/json/json.ts";

/** Version of this protocol; a page that knows another one reloads itself. */
export const PROTOCOL = 2;

/** JSON that the page shows as a tree. */
const json = v.custom<Json>(() => true);
const nullableText = v.nullable(v.string());
const nullableNumber = v.nullable(v.number());

/** A failure as it is shown; the message is scrubbed. */
export const shownFailureSchema = v.object({
  tag: v.string(),
  message: v.string(),
});

/** A failure as it is shown. */
export type ShownFailure = v.InferOutput<typeof shownFailureSchema>;

const endKind = v.picklist(["success", "failure", "cancelled", "other"]);

/** The state that a flow run itself ended in, as its API names it. */
export const runEndSchema = v.object({ state: v.string(), kind: endKind });

/** One line of the table of runs. */
export const runRowSchema = v.object({
  id: v.string(),
  /** Name of the run, may be empty. */
  name: v.string(),
  flow: v.string(),
  /** State of its machine, e.g. `runningTask`; a final one when `outcome` is set. */
  state: v.string(),
  /** When it came into that state. */
  sinceMs: v.number(),
  /** When the agent took it. */
  adoptedMs: v.number(),
  /** Attempt to launch it, from 1. */
  attempt: v.number(),
  taskId: nullableText,
  /** What it waits for, as a sentence without a full stop; null when it has ended. */
  waitingFor: nullableText,
  /** When the present stage must be done. */
  deadlineMs: nullableNumber,
  outcome: v.nullable(v.picklist(["completed", "failed", "lostClaim", "cancelled", "released", "abandoned"])),
  /** How the flow run ended; null: it has not, or it is not known. */
  end: v.nullable(runEndSchema),
  /** The last failure, whether it was overcome or not. */
  failure: v.nullable(shownFailureSchema),
});

/** One line of the table of runs. `abandoned`: the agent ended, or the recording was cut off, before the run did. */
export type RunRow = v.InferOutput<typeof runRowSchema>;

/** The agent's own machine. */
export const agentViewSchema = v.object({
  state: v.string(),
  sinceMs: v.number(),
  /** Runs adopted and not yet reported. */
  inFlight: v.number(),
  failure: v.nullable(shownFailureSchema),
});

/** The agent's own machine. */
export type AgentView = v.InferOutput<typeof agentViewSchema>;

/** Runs by state and by outcome, and how fast they go. Counts hold all runs ever seen, also forgotten ones. */
export const countsSchema = v.object({
  /** Live runs by state. */
  states: v.record(v.string(), v.number()),
  /** Ended runs by outcome of their machine. */
  outcomes: v.record(v.string(), v.number()),
  /** Ended runs by the state that they ended in; by outcome, with the kind null, where that is not known. */
  ends: v.array(v.object({
    name: v.string(),
    kind: v.nullable(endKind),
    count: v.number(),
  })),
  total: v.number(),
  /** Ended runs whose history was dropped to keep the memory bounded. */
  forgotten: v.number(),
  /** Per second over the last 10 s. */
  adoptedPerS: v.number(),
  launchedPerS: v.number(),
  endedPerS: v.number(),
});

/** Runs by state, by outcome and by end, and how fast they go. */
export type Counts = v.InferOutput<typeof countsSchema>;

/** How one group of requests is limited. */
export const limiterFillSchema = v.object({
  name: v.string(),
  /** What it paces, e.g. `starting and stopping tasks`. */
  description: v.string(),
  /** Calls that wait. */
  waiting: v.number(),
  /** Calls per second at present, null: not limited. */
  ratePerS: nullableNumber,
  /** Whether the platform throttled and the rate is below its usual value. */
  slowed: v.boolean(),
  /** Part of a burst that may be had at once, from 0 to 1; 1 when it is not limited. */
  fill: v.optional(v.number()),
});

/** How one group of requests is limited. */
export type LimiterFill = v.InferOutput<typeof limiterFillSchema>;

/** Something that went wrong, newest first in lists; at most 50 are kept. */
export const errorLineSchema = v.object({
  /** Grows; tells equal errors apart. */
  n: v.number(),
  atMs: v.number(),
  /** Null: the agent's own. */
  runId: nullableText,
  /** Name of the run, or of the agent. */
  name: v.string(),
  /** State in which it happened. */
  state: v.string(),
  failure: shownFailureSchema,
});

/** Something that went wrong. */
export type ErrorLine = v.InferOutput<typeof errorLineSchema>;

/** How often the agent has made one kind of request since its start. */
export const callCountSchema = v.object({
  /** Who was asked: the API, or a service of the platform by its name. */
  service: v.string(),
  /** What was asked: method and route, or the operation. */
  operation: v.string(),
  /** Those that were answered, or given up. */
  count: v.number(),
  /** Those of them that were refused, not answered or given up. */
  failed: v.number(),
});

/** How often the agent has made one kind of request since its start. */
export type CallCount = v.InferOutput<typeof callCountSchema>;

/** First message of a connection. */
export const helloSchema = v.object({
  type: v.literal("hello"),
  protocol: v.number(),
  /** Of this program. */
  version: v.string(),
  /** Name of the agent, or of the recording's file. */
  name: v.string(),
  source: v.picklist(["live", "recording"]),
  /** Whose service runs the tasks: it limits the agent's requests and names each by an id. */
  provider: v.string(),
  /** Sent back as `session` when connecting again. */
  session: v.string(),
  nowMs: v.number(),
  startedMs: v.number(),
  /** A recording that does not end with its last line: what is known of why. */
  note: nullableText,
});

/** First message of a connection. */
export type Hello = v.InferOutput<typeof helloSchema>;

/** The whole overview. */
export const overviewSchema = v.object({
  type: v.literal("snapshot"),
  seq: v.number(),
  nowMs: v.number(),
  agent: agentViewSchema,
  counts: countsSchema,
  limiters: v.array(limiterFillSchema),
  /** Most frequent first. */
  calls: v.array(callCountSchema),
  errors: v.array(errorLineSchema),
  runs: v.array(runRowSchema),
});

/** The whole overview. */
export type Overview = v.InferOutput<typeof overviewSchema>;

/** What changed; a part that is absent did not. */
export const updateSchema = v.object({
  type: v.literal("update"),
  seq: v.number(),
  nowMs: v.number(),
  agent: v.optional(agentViewSchema),
  counts: v.optional(countsSchema),
  limiters: v.optional(v.array(limiterFillSchema)),
  calls: v.optional(v.array(callCountSchema)),
  /** The whole list, newest first. */
  errors: v.optional(v.array(errorLineSchema)),
  /** Rows that are new or changed. */
  runs: v.array(runRowSchema),
  /** Ids of runs that were forgotten. */
  gone: v.array(v.string()),
});

/** What changed. */
export type Update = v.InferOutput<typeof updateSchema>;

/** One step of a run: an event came and was dealt with. */
export const stepSchema = v.object({
  /** Place in the whole history from 0, also when early steps were dropped; for deep links. */
  n: v.number(),
  atMs: v.number(),
  /** As the machine knows it, e.g. `xstate.done.actor.claimRun`. */
  event: v.string(),
  /** As it is read, e.g. `claimRun done`. */
  label: v.string(),
  /** Its payload, scrubbed. */
  payload: json,
  from: v.string(),
  to: v.string(),
  /** States gone through, `from` and `to` included; one entry when the state stayed. Neighbours are edges `A>B` of the chart. */
  path: v.array(v.string()),
  /** Time spent in `from` before this step. */
  tookMs: v.number(),
  /** The context after it, scrubbed. */
  context: json,
});

/** One step of a run. */
export type Step = v.InferOutput<typeof stepSchema>;

/** One call of an actor. */
export const actorCallSchema = v.object({
  /** Name of the actor, e.g. `runTask`. */
  name: v.string(),
  /** State that called it. */
  state: v.string(),
  /** Attempt to launch and retry at that time. */
  attempt: v.number(),
  retry: v.number(),
  startedMs: v.number(),
  /** Null: it is still at work. */
  endedMs: nullableNumber,
  /** `stopped`: its state was left before it answered. */
  result: v.picklist(["running", "done", "failed", "stopped"]),
  /** What it answered, scrubbed; null for none. */
  output: json,
  failure: v.nullable(shownFailureSchema),
  /** Ids that the platform gave to the requests behind it, where they are known. */
  requestIds: v.array(v.string()),
  /** Step that it ended with, null while it is at work. */
  step: nullableNumber,
});

/** One call of an actor. */
export type ActorCall = v.InferOutput<typeof actorCallSchema>;

/** A way out of the present state. */
export const nextStepSchema = v.object({
  event: v.string(),
  label: v.string(),
  /** Null: the state stays. */
  target: nullableText,
  /** Condition by name, null for none. */
  guard: nullableText,
});

/** A way out of the present state. */
export type NextStep = v.InferOutput<typeof nextStepSchema>;

/** A place to look further. */
export const linkSchema = v.object({ label: v.string(), url: v.string() });

/** A place to look further. */
export type Link = v.InferOutput<typeof linkSchema>;

/** Everything kept of one run. */
export const runDetailSchema = v.object({
  row: runRowSchema,
  /** Where it comes from, in the words of its API: `Work pool`, `Work queue`, `Deployment`. */
  origin: v.array(v.object({ name: v.string(), value: v.string() })),
  /** Name of its chart in `/api/charts`. */
  chart: v.string(),
  /** Steps kept, oldest first. */
  steps: v.array(stepSchema),
  /** Early steps that were dropped to keep the memory bounded. */
  dropped: v.number(),
  calls: v.array(actorCallSchema),
  /** States it has been in. */
  visited: v.array(v.string()),
  /** Edges it has taken, `from>to`, with how often. */
  taken: v.record(v.string(), v.number()),
  /** What can happen next; empty when it has ended. */
  next: v.array(nextStepSchema),
  links: v.array(linkSchema),
});

/** Everything kept of one run. */
export type RunDetail = v.InferOutput<typeof runDetailSchema>;

/** The run that the page watches; `detail` null: it is not known (any more). */
export const runMessageSchema = v.object({
  type: v.literal("run"),
  nowMs: v.number(),
  id: v.string(),
  detail: v.nullable(runDetailSchema),
});

/** The run that the page watches. */
export type RunMessage = v.InferOutput<typeof runMessageSchema>;

/** Everything the server says over the websocket. */
export const serverMessageSchema = v.variant("type", [
  helloSchema,
  overviewSchema,
  updateSchema,
  runMessageSchema,
]);

/** Everything the server says over the websocket. */
export type ServerMessage = v.InferOutput<typeof serverMessageSchema>;

/** Everything the page may say. */
export const clientMessageSchema = v.object({
  type: v.literal("watch"),
  id: v.nullable(v.pipe(v.string(), v.maxLength(200))),
});

/** Everything the page may say. */
export type ClientMessage = v.InferOutput<typeof clientMessageSchema>;

const point = v.object({ x: v.number(), y: v.number() });

/** One state of a chart; `x` and `y` are its upper left corner, in pixels. */
export const chartNodeSchema = v.object({
  /** Name of the state. */
  id: v.string(),
  x: v.number(),
  y: v.number(),
  width: v.number(),
  height: v.number(),
  kind: v.picklist(["initial", "state", "final"]),
  /** What goes on in it, may be empty. */
  description: v.string(),
  /** The actor it calls, null for none. */
  actor: nullableText,
});

/** One state of a chart. */
export type ChartNode = v.InferOutput<typeof chartNodeSchema>;

/** One arrow; transitions between the same two states share it. */
export const chartEdgeSchema = v.object({
  /** `from>to` */
  id: v.string(),
  from: v.string(),
  to: v.string(),
  /** One line for each transition, e.g. `claimRun failed [mayRetry]`. */
  labels: v.array(v.string()),
  /** Names of the events, as in {@link Step}. */
  events: v.array(v.string()),
  /** From border to border, bends between. */
  points: v.array(point),
  /** Upper left corner and size of the labels. */
  label: v.object({ x: v.number(), y: v.number(), width: v.number(), height: v.number() }),
});

/** One arrow. */
export type ChartEdge = v.InferOutput<typeof chartEdgeSchema>;

/** A chart laid out, made from the machine. */
export const chartLayoutSchema = v.object({
  /** `flow_run` or `agent` */
  name: v.string(),
  width: v.number(),
  height: v.number(),
  nodes: v.array(chartNodeSchema),
  edges: v.array(chartEdgeSchema),
});

/** A chart laid out. */
export type ChartLayout = v.InferOutput<typeof chartLayoutSchema>;
