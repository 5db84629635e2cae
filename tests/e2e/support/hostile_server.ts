/**
 * A Prefect API and an AWS on loopback that answer well, but for what a test has them answer instead.
 *
 * @module
 */

import { answer, type FakePrefect, fakePrefect, type FakeRun } from "../../support/fake_prefect1.ts";
import type { JsonObject } from "../../../schemas/json/json.ts";

/** One request, as it came. */
export interface Asked {
  readonly headers: Headers;
  readonly body: string;
}

/** One answer that is not what it should be. */
export type Misdeed = (asked: Asked) => Response;

/** What answers an operation instead of the server, where it gives an answer. */
export type Answerer = (operation: string, asked: Asked) => Response | undefined;

/** The server and what it was asked. */
export interface HostileServer extends AsyncDisposable {
  readonly url: string;
  readonly prefect: FakePrefect;
  /** Misdeeds by operation, used up in order: root fields of GraphQL, operations of AWS, paths of everything else. */
  readonly misdeeds: Map<string, Misdeed[]>;
  /** Operations in order. */
  readonly asked: string[];
  /** Bodies of RunTask. */
  readonly launches: JsonObject[];
}

const TASK = "arn:aws:ecs:us-east-1:123456789012:task/default/0123456789abcdef0123456789abcdef";
const DEFINITION = "arn:aws:ecs:us-east-1:123456789012:task-definition/x:1";

/** Starts both behind one port. */
export function startHostileServer(
  runs: readonly FakeRun[],
  answerer: Answerer = () => undefined,
): HostileServer {
  const prefect = fakePrefect(runs);
  const misdeeds = new Map<string, Misdeed[]>();
  const asked: string[] = [];
  const launches: JsonObject[] = [];
  const ending = new AbortController();
  const serve = async (request: Request): Promise<Response> => {
    const body = await request.text();
    const target = request.headers.get("x-amz-target")?.split(".").at(-1) ?? null;
    const operation = target ?? /\{\s*(\w+)/.exec(String(parsed(body).query))?.[1] ??
      new URL(request.url).pathname;
    asked.push(operation);
    if (operation === "RunTask") launches.push(parsed(body));
    const misdeed = misdeeds.get(operation)?.shift();
    if (misdeed !== undefined) return misdeed({ headers: request.headers, body });
    const own = answerer(operation, { headers: request.headers, body });
    if (own !== undefined) return own;
    if (target !== null) return aws(target, parsed(body));
    const { status, headers, body: bytes } = await prefect.call({
      method: "POST",
      url: request.url,
      headers: Object.fromEntries(request.headers),
      body,
    }).catch(() => answer(500, "oops"));
    return new Response(bytes, { status, headers: { ...headers } });
  };
  const server = Deno.serve(
    {
      hostname: "127.0.0.1",
      port: 0,
      onListen: () => {},
      signal: ending.signal,
      onError: () => new Response("", { status: 500 }),
    },
    serve,
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    prefect,
    misdeeds,
    asked,
    launches,
    [Symbol.asyncDispose]: async () => {
      ending.abort(); // answers without end would keep a shutdown waiting
      await server.finished;
    },
  };
}

function parsed(text: string): JsonObject {
  return text.startsWith("{") ? JSON.parse(text) : {};
}

function aws(operation: string, request: JsonObject): Response {
  switch (operation) {
    case "DescribeTaskDefinition":
      return json({ __type: "ClientException", message: "Unable to describe task definition." }, 400);
    case "RegisterTaskDefinition":
      return json({
        taskDefinition: { ...request, taskDefinitionArn: DEFINITION, revision: 1, status: "ACTIVE" },
      });
    case "RunTask":
      return json({
        tasks: [{ taskArn: TASK, lastStatus: "PROVISIONING", startedBy: request.startedBy ?? null }],
      });
    case "GetResources":
      return json({ ResourceTagMappingList: [] });
    default:
      return json({});
  }
}

/** A JSON answer as AWS gives it. */
export function json(value: unknown, status = 200): Response {
  return new Response(JSON.stringify(value), {
    status,
    headers: { "content-type": "application/x-amz-json-1.1" },
  });
}

/** A body in chunks; `null` for the last breaks the connection, `undefined` leaves it open without end. */
export function chunks(parts: readonly (string | Uint8Array)[], end: "close" | "break" | "never"): Response {
  const encoder = new TextEncoder();
  let at = 0;
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      const part = parts[at++];
      if (part !== undefined) {
        return controller.enqueue(typeof part === "string" ? encoder.encode(part) : part);
      }
      if (end === "close") return controller.close();
      if (end === "break") return controller.error(new Error("broken off"));
      return new Promise(() => {});
    },
  });
  return new Response(body, { headers: { "content-type": "application/json" } });
}
