/**
 * A server that speaks the inspector's protocol and says whatever a test wants it to say.
 *
 * @module
 */

import { pageAssets } from "../../../inspector/page_assets.ts";
import {
  type ChartLayout,
  type ClientMessage,
  type Counts,
  type Overview,
  PROTOCOL,
  type RunRow,
  type ServerMessage,
  type Update,
} from "../../../inspector/protocol/protocol.ts";
import layouts from "../../../inspector/chart_layouts.json" with { type: "json" };
import { detailOf, rowOf, type Story } from "./fake_story.ts";

/** The charts that the agent would serve. */
export const chartLayouts = layouts as unknown as readonly ChartLayout[];

/** The fake. */
export interface FakeInspector extends AsyncDisposable {
  readonly url: string;
  /** Tells or changes runs, in one update. */
  readonly tell: (stories: readonly Story[], more?: Partial<Update>) => void;
  /** Tells rows that have no story. */
  readonly tellRows: (rows: readonly RunRow[]) => void;
  /** Ends every socket; later ones are refused until it is turned on again. */
  readonly turn: (wanted: "on" | "off") => void;
}

/** What the fake starts with. */
export interface FakeOptions {
  readonly stories: readonly Story[];
  readonly rows?: readonly RunRow[];
  readonly overview?: Partial<Overview>;
  readonly source?: "live" | "recording";
  readonly note?: string | null;
}

/** The same as the real server's: nothing may come from elsewhere and no script may be inline. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'";

function countsOf(rows: Iterable<RunRow>): Counts {
  const states: Record<string, number> = {};
  const outcomes: Record<string, number> = {};
  const ends = new Map<string, Counts["ends"][number]>();
  let total = 0;
  for (const { state, outcome, end } of rows) {
    total += 1;
    if (outcome === null) states[state] = (states[state] ?? 0) + 1;
    else outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    const name = outcome === null ? null : end?.state ?? outcome;
    if (name !== null) {
      ends.set(name, { name, kind: end?.kind ?? null, count: (ends.get(name)?.count ?? 0) + 1 });
    }
  }
  return {
    states,
    outcomes,
    ends: [...ends.values()],
    total,
    forgotten: 0,
    adoptedPerS: 4.2,
    launchedPerS: 3.9,
    endedPerS: 1.4,
  };
}

interface World {
  readonly rows: Map<string, RunRow>;
  readonly stories: Map<string, Story>;
  readonly watched: Map<WebSocket, string | null>;
  readonly options: FakeOptions;
  seq: number;
  on: boolean;
}

function snapshotOf({ rows, seq, options }: World): Overview {
  const nowMs = Date.now();
  return {
    type: "snapshot",
    seq,
    nowMs,
    agent: { state: "polling", sinceMs: nowMs - 754_000, inFlight: rows.size, failure: null },
    counts: countsOf(rows.values()),
    limiters: [],
    calls: [],
    errors: [],
    runs: [...rows.values()],
    ...options.overview,
  };
}

function say(socket: WebSocket, message: ServerMessage): void {
  if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
}

function tellWatched(world: World): void {
  for (const [socket, id] of world.watched) {
    if (id === null) continue;
    const story = world.stories.get(id);
    const [chart] = chartLayouts;
    const detail = story === undefined || chart === undefined ? null : detailOf(story, chart);
    say(socket, { type: "run", nowMs: Date.now(), id, detail });
  }
}

function welcome(socket: WebSocket, world: World): void {
  world.watched.set(socket, null);
  const { source = "live", note = null } = world.options;
  say(socket, {
    type: "hello",
    provider: "AWS",
    protocol: PROTOCOL,
    version: "0.1.0",
    name: source === "live" ? "ecs-production" : "crash.jsonl",
    source,
    session: "s1",
    nowMs: Date.now(),
    startedMs: Date.now() - 754_000,
    note,
  });
  say(socket, snapshotOf(world));
}

function upgrade(request: Request, world: World): Response {
  if (!world.on) return new Response("Off", { status: 503 });
  const { socket, response } = Deno.upgradeWebSocket(request);
  socket.onopen = () => welcome(socket, world);
  socket.onmessage = ({ data }) => {
    const message: ClientMessage = JSON.parse(data);
    world.watched.set(socket, message.id);
    tellWatched(world);
  };
  socket.onclose = () => world.watched.delete(socket);
  return response;
}

function answer(request: Request, world: World): Response {
  const { pathname } = new URL(request.url);
  if (pathname === "/ws") return upgrade(request, world);
  if (pathname === "/api/charts") return Response.json(chartLayouts);
  const asset = pageAssets.get(pathname);
  if (asset === undefined) return new Response("Not found", { status: 404 });
  return new Response(asset.body, {
    headers: { "content-type": asset.type, "content-security-policy": POLICY, "cache-control": "no-store" },
  });
}

/** Starts the fake on a free port of loopback. */
export function startFakeInspector(options: FakeOptions): FakeInspector {
  const world: World = {
    rows: new Map(options.rows?.map((row) => [row.id, row])),
    stories: new Map(options.stories.map((story) => [story.id, story])),
    watched: new Map(),
    options,
    seq: 1,
    on: true,
  };
  for (const story of options.stories) world.rows.set(story.id, rowOf(story));
  const tellRows = (rows: readonly RunRow[], more: Partial<Update> = {}): void => {
    for (const row of rows) world.rows.set(row.id, row);
    world.seq += 1;
    const counts = countsOf(world.rows.values());
    const update: Update = {
      type: "update",
      seq: world.seq,
      nowMs: Date.now(),
      runs: [...rows],
      gone: [],
      counts,
      ...more,
    };
    for (const socket of world.watched.keys()) say(socket, update);
  };
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => answer(request, world),
  );
  const cut = (): void => {
    for (const socket of world.watched.keys()) socket.close();
  };
  return {
    url: `http://127.0.0.1:${server.addr.port}/`,
    tellRows,
    tell: (stories, more) => {
      for (const story of stories) world.stories.set(story.id, story);
      tellRows(stories.map(rowOf), more);
      tellWatched(world);
    },
    turn: (wanted) => {
      world.on = wanted === "on";
      if (!world.on) cut();
    },
    [Symbol.asyncDispose]: async () => {
      cut();
      await server.shutdown();
    },
  };
}
