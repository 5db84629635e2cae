/**
 * The HTTP server of the local ECS, on loopback only.
 *
 * @module
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { readBody } from "../../actors/guard/read_body.ts";
import { BOUNDS } from "../../schemas/bounds/bounds.ts";
import { GUARD_HEADERS, judgeHead, type Refusal, tooLarge } from "../../schemas/guard/guard.ts";
import { bearerOf, isTokenRight, tokenGiven } from "../../schemas/guard/token.ts";
import { localRules } from "../http/local_rules.ts";
import type { CountedRequest } from "../http/request_counts.ts";
import { isCallerKnown, strangerReply } from "./access.ts";
import { type AccountParts, answerWire, nameOf } from "./protocol.ts";
import type { WireReply, WireRequest } from "./wire.ts";

/** What the server does with requests. */
export interface EcsHttpParts extends AccountParts {
  /** Whoever names it is answered. */
  readonly accessKeyId: string;
  readonly newRequestId: () => string;
  readonly onRequest: (request: CountedRequest) => void;
  readonly log: (line: string) => void;
}

/** A server that listens. */
export interface LocalServer {
  /** `http://127.0.0.1:port`. */
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** Largest body that is read, in bytes: 100 task definitions of 64 KiB. */
const MOST_BYTES = 8 * 1024 * 1024;

const RULES = localRules("The local ECS", MOST_BYTES);

function header(request: IncomingMessage, name: string): string {
  const value = request.headers[name];
  return typeof value === "string" ? value : "";
}

function send(response: ServerResponse, status: number, content: { type: string; body: string }): void {
  response.writeHead(status, { "Content-Type": content.type });
  response.end(content.body);
}

function sendText(response: ServerResponse, status: number, body: string): void {
  send(response, status, { type: "text/plain; charset=utf-8", body });
}

/** The rest of the request is not read, so that nothing else can come on this connection. */
function refuse(response: ServerResponse, { status, message, headers }: Refusal): void {
  for (const [name, value] of Object.entries(headers ?? {})) response.setHeader(name, value);
  response.setHeader("Connection", "close");
  sendText(response, status, `${message}\n`);
}

const COOKIE = "sandbox-logs";

/** A person opens the address that was printed, which holds the key; a browser then keeps it in a cookie. */
function mayLook({ accessKeyId }: EcsHttpParts, request: IncomingMessage, url: URL): boolean {
  const bearer = bearerOf(header(request, "authorization"));
  const cookies = header(request, "cookie");
  return isTokenRight(bearer ?? tokenGiven(url.searchParams, cookies, COOKIE), accessKeyId);
}

function answerGet(parts: EcsHttpParts, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? "/", "http://127.0.0.1");
  if (!mayLook(parts, request, url)) {
    return sendText(response, 401, "Token missing or wrong: open the address that the sandbox printed\n");
  }
  if (url.searchParams.has("token")) {
    const cookie = `${COOKIE}=${parts.accessKeyId}; Path=/; HttpOnly; SameSite=Strict`;
    response.setHeader("Set-Cookie", cookie);
  }
  showLogs(parts, url.pathname, response);
}

/** `GET /logs/<container>/<task id>`: what the container printed. */
function showLogs(parts: EcsHttpParts, path: string, response: ServerResponse): void {
  const stream = /^\/logs\/([^?]+)/.exec(path)?.[1];
  if (stream === undefined) {
    const streams = parts.output.streams().map((each) => `/logs/${each}`);
    return sendText(
      response,
      200,
      ["Local ECS, not for production. Container logs:", ...streams, ""].join("\n"),
    );
  }
  const lines = parts.output.lines(decodeURIComponent(stream)).map((line) => line.text);
  sendText(response, 200, [...lines, ""].join("\n"));
}

async function answerPost(
  parts: EcsHttpParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const head = {
    target: header(request, "x-amz-target"),
    authorization: header(request, "authorization"),
    contentType: header(request, "content-type"),
    requestId: parts.newRequestId(),
  };
  const isKnown = isCallerKnown(head.authorization, parts.accessKeyId);
  const body = await readBody(request, isKnown ? MOST_BYTES : BOUNDS.noBody.most);
  if (!isKnown) {
    if (body === null) response.setHeader("Connection", "close");
    return reply(strangerReply(head), head.requestId, response);
  }
  if (body === null) return refuse(response, tooLarge(MOST_BYTES));
  answerCaller(parts, { ...head, body }, request, response);
}

function answerCaller(
  parts: EcsHttpParts,
  wire: WireRequest,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const name = nameOf(wire);
  const answered = answerWire(parts, wire);
  const status = answered.kind === "lost" ? 0 : answered.status;
  parts.onRequest({ ...name, status, body: wire.body, client: header(request, "user-agent") });
  if (answered.kind === "lost") request.socket.destroy();
  else reply(answered, wire.requestId, response);
}

function reply(
  answered: Extract<WireReply, { kind: "answered" }>,
  requestId: string,
  response: ServerResponse,
): void {
  response.setHeader("x-amzn-RequestId", requestId);
  send(response, answered.status, { type: answered.contentType, body: answered.body });
}

/** Every header as it came: what was sent twice is not one of the two. */
function headersOf({ rawHeaders }: IncomingMessage): Headers {
  const headers = new Headers();
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    headers.append(rawHeaders[at] ?? "", rawHeaders[at + 1] ?? "");
  }
  return headers;
}

async function answer(
  parts: EcsHttpParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  for (const [name, value] of Object.entries(GUARD_HEADERS)) response.setHeader(name, value);
  const { method = "", url: target = "/" } = request;
  const refusal = judgeHead({ method, target, headers: headersOf(request) }, RULES);
  if (refusal !== null) {
    // What was sent is read, as far as it is not too much: else the client may not get to read the answer.
    await readBody(request, 0);
    return refuse(response, refusal);
  }
  if (method === "GET") return answerGet(parts, request, response);
  if (method === "POST") return await answerPost(parts, request, response);
  sendText(response, 405, "The local ECS knows GET and POST\n");
}

function fail(parts: EcsHttpParts, response: ServerResponse, thrown: unknown): void {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  parts.log(`Local ECS: a request failed: ${text}`);
  if (response.headersSent) return;
  const body = JSON.stringify({ __type: "ServerException", message: text });
  send(response, 500, { type: "application/x-amz-json-1.1", body });
}

function listening(server: Server, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      const actual = typeof address === "object" && address !== null ? address.port : port;
      resolve(`http://127.0.0.1:${actual}`);
    });
  });
}

/**
 * Starts listening.
 *
 * @param port 0: a free one
 * @throws {Error} when the port is taken
 */
export async function listenEcs(parts: EcsHttpParts, port: number): Promise<LocalServer> {
  const server = createServer((request, response) => {
    answer(parts, request, response).catch((thrown) => fail(parts, response, thrown));
  });
  const url = await listening(server, port);
  return {
    url,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
