/**
 * The HTTP server of the local ECS, on loopback only.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AccountParts, answerWire, nameOf, type WireRequest } from "./protocol.ts";
import { isLoopbackHost, isLoopbackOrigin } from "../http/host.ts";
import type { CountedRequest } from "../http/request_counts.ts";

/** What the server does with requests. */
export interface EcsHttpParts extends AccountParts {
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

/** Largest body that is read, in bytes. */
const MOST_BYTES = 8 * 1024 * 1024;

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const buffer = Buffer.from(chunk);
    size += buffer.length;
    if (size > MOST_BYTES) throw new RangeError("The body is too large");
    chunks.push(buffer);
  }
  return Buffer.concat(chunks).toString("utf8");
}

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

/** `GET /logs/<container>/<task id>`: what the container printed. */
function answerGet(parts: EcsHttpParts, path: string, response: ServerResponse): void {
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
  const wire: WireRequest = {
    target: header(request, "x-amz-target"),
    authorization: header(request, "authorization"),
    contentType: header(request, "content-type"),
    body: await readBody(request),
    requestId: parts.newRequestId(),
  };
  const name = nameOf(wire);
  const reply = answerWire(parts, wire);
  const status = reply.kind === "lost" ? 0 : reply.status;
  parts.onRequest({ ...name, status, body: wire.body, client: header(request, "user-agent") });
  if (reply.kind === "lost") {
    request.socket.destroy();
    return;
  }
  response.setHeader("x-amzn-RequestId", wire.requestId);
  send(response, reply.status, { type: reply.contentType, body: reply.body });
}

async function answer(
  parts: EcsHttpParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const origin = request.headers.origin;
  if (!isLoopbackHost(request.headers.host) || !isLoopbackOrigin(origin)) {
    return sendText(response, 403, "The local ECS answers requests to 127.0.0.1 and localhost only\n");
  }
  if (request.method === "GET") return answerGet(parts, request.url ?? "/", response);
  if (request.method === "POST") return await answerPost(parts, request, response);
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
