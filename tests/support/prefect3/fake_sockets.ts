/** Websockets whose other side is a script, and an API that answers REST from a table. @module */

import type { Api, ApiAnswer, ApiRequest } from "../../../actors/prefect3/api.ts";
import { makeOpenSocket, type OpenSocket } from "../../../actors/prefect3/sockets/socket.ts";
import type {
  OpenWire,
  SocketEnd,
  WireAddress,
  WireListener,
} from "../../../actors/prefect3/sockets/wire.ts";
import { FailureError } from "../../../schemas/failure/failure.ts";
import type { Json, JsonObject } from "../../../schemas/json/json.ts";
import type { LogLevel } from "../../../schemas/observability/log_level.ts";
import type { ApiSettings } from "../../../schemas/prefect3/settings/worker_settings.ts";
import type { FakeClock } from "../clock.ts";

/** The server's side of one websocket. */
export interface FakeWire {
  readonly address: WireAddress;
  /** Frames that the program sent. */
  readonly sent: JsonObject[];
  readonly pings: () => number;
  /** Whether the program dropped or closed it. */
  readonly isOver: () => boolean;
  /** Bytes that the program is told to be waiting. */
  waiting: number;
  /** Completes the handshake and accepts who it is. */
  readonly accept: () => void;
  readonly open: () => void;
  readonly say: (frame: JsonObject | string) => void;
  readonly pong: () => void;
  readonly end: (end: SocketEnd) => void;
}

/** All websockets that were opened, oldest first. */
export interface FakeWires {
  readonly openWire: OpenWire;
  readonly openSocket: OpenSocket;
  readonly all: FakeWire[];
  readonly last: () => FakeWire;
}

/** No websocket yet. */
export function fakeWires(clock: FakeClock): FakeWires {
  const all: FakeWire[] = [];
  const openWire: OpenWire = (address, listener) => {
    const { wire, fake } = oneWire(address, listener);
    all.push(fake);
    return wire;
  };
  const last = () => {
    const found = all.at(-1);
    if (found === undefined) throw new Error("no websocket was opened");
    return found;
  };
  return { openWire, openSocket: makeOpenSocket({ openWire, clock }), all, last };
}

function oneWire(address: WireAddress, listener: WireListener) {
  const sent: JsonObject[] = [];
  let pings = 0;
  let isOver = false;
  const end = (given: SocketEnd) => {
    if (isOver) return;
    isOver = true;
    queueMicrotask(() => listener.end(given));
  };
  const wire = {
    send: (text: string) => void sent.push(JSON.parse(text) as JsonObject),
    waiting: () => fake.waiting,
    ping: () => void pings++,
    close: (code: number) => end({ kind: "closed", code, reason: "" }),
    drop: () => end({ kind: "closed", code: 1006, reason: "" }),
  };
  const fake: FakeWire = {
    address,
    sent,
    pings: () => pings,
    isOver: () => isOver,
    waiting: 0,
    open: () => listener.open(),
    accept: () => {
      listener.open();
      listener.message('{"type":"auth_success"}');
    },
    say: (frame) => listener.message(typeof frame === "string" ? frame : JSON.stringify(frame)),
    pong: () => listener.pong(),
    end,
  };
  return { wire, fake };
}

/** Lines of a log. */
export interface FakeLog {
  readonly log: (level: LogLevel, message: string) => void;
  readonly lines: string[];
  readonly matching: (pattern: RegExp) => readonly string[];
}

/** A log that keeps its lines as `LEVEL message`. */
export function fakeLog(): FakeLog {
  const lines: string[] = [];
  return {
    lines,
    log: (level, message) => void lines.push(`${level} ${message}`),
    matching: (pattern) => lines.filter((line) => pattern.test(line)),
  };
}

/** What the API is told to answer: a status with a body, or a failure to be thrown. */
export type FakeAnswer = { readonly status: number; readonly body?: Json } | FailureError;

/** An API that answers by route. */
export interface FakeApi {
  readonly api: Api;
  readonly asked: ApiRequest[];
  /** Routes in the order they were asked for. */
  readonly routes: () => readonly string[];
  /** Answers by route from now on; a list is used up but for its last. */
  readonly answers: Map<string, FakeAnswer | FakeAnswer[]>;
  readonly introduced: { readonly name: string; readonly id: string | null }[];
}

/** An API that knows the routes of a table; all others are refused. */
export function fakeApi(table: Readonly<Record<string, FakeAnswer | FakeAnswer[]>>): FakeApi {
  const asked: ApiRequest[] = [];
  const answers = new Map(Object.entries(table));
  const introduced: { name: string; id: string | null }[] = [];
  const answerOf = (route: string): FakeAnswer => {
    const found = answers.get(route);
    if (found === undefined) throw new Error(`nobody expects ${route}`);
    if (!Array.isArray(found)) return found;
    const next = found.length > 1 ? found.shift() : found[0];
    if (next === undefined) throw new Error(`no answer for ${route}`);
    return next;
  };
  const send = (request: ApiRequest): Promise<ApiAnswer> => {
    asked.push(request);
    const answer = answerOf(request.route);
    if (answer instanceof FailureError) return Promise.reject(answer);
    const { status, body = null } = answer;
    if (status >= 300 && !(request.accept ?? []).includes(status)) {
      const message = `The Prefect API answered with HTTP ${status}`;
      const tag = status === 401 || status === 403 ? "unauthorized" : "apiError";
      return Promise.reject(
        new FailureError(tag === "apiError" ? { tag, code: "", message } : { tag, message }),
      );
    }
    return Promise.resolve({ status, body, text: JSON.stringify(body) });
  };
  const api: Api = { send, introduce: (worker) => void introduced.push(worker), close: () => undefined };
  return { api, asked, routes: () => asked.map(({ route }) => route), answers, introduced };
}

/** Settings of a server on this machine without a key. */
export const LOCAL_API: ApiSettings = {
  url: "http://127.0.0.1:4200/api",
  key: null,
  authString: null,
  certFile: null,
  skipVerify: false,
  http2: false,
  requestTimeoutMs: 60_000,
  maxRetries: null,
  extraCodes: [],
  jitter: 0.2,
  csrf: true,
  headers: {},
};

/** Ids `…-1`, `…-2`, in the form of UUIDs. */
export function countedIds(): () => string {
  let next = 0;
  return () => `00000000-0000-4000-8000-${String(++next).padStart(12, "0")}`;
}

/** A pool as the API tells of it. */
export function poolRow(over: JsonObject = {}): JsonObject {
  return {
    id: "11111111-1111-4111-8111-111111111111",
    created: "2026-11-21T08:02:21.374424Z",
    name: "pool-a",
    type: "ecs",
    base_job_template: { variables: {}, job_configuration: { image: "{{ image }}" } },
    is_paused: false,
    default_queue_id: "22222222-2222-4222-8222-222222222222",
    ...over,
  };
}
