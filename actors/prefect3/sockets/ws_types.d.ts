/**
 * The part of the package `ws` that is used here.
 *
 * @module
 */

import type { Buffer } from "node:buffer";
import type { Agent, ClientRequest, IncomingMessage } from "node:http";

/** How a connection is made. */
export interface ClientOptions {
  headers?: Record<string, string>;
  /** Longest message, in bytes. */
  maxPayload?: number;
  perMessageDeflate?: boolean;
  followRedirects?: boolean;
  /** Authorities of certificates, as PEM. */
  ca?: string;
  rejectUnauthorized?: boolean;
  agent?: Agent;
}

/** A connection. */
export default class WebSocket {
  constructor(address: string, protocols: string[], options: ClientOptions);
  readonly bufferedAmount: number;
  /** 1: open. */
  readonly readyState: number;
  send(text: string, sent: (error?: Error) => void): void;
  ping(data: string, mask: boolean, sent: (error?: Error) => void): void;
  close(code: number): void;
  terminate(): void;
  on(event: "open", listener: () => void): this;
  on(event: "message", listener: (data: Buffer, isBinary: boolean) => void): this;
  on(event: "ping" | "pong", listener: () => void): this;
  on(
    event: "unexpected-response",
    listener: (request: ClientRequest, response: IncomingMessage) => void,
  ): this;
  on(event: "error", listener: (error: Error & { code?: string }) => void): this;
  on(event: "close", listener: (code: number, reason: Buffer) => void): this;
}
