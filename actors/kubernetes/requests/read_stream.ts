/**
 * Reads an answer that comes line by line and may last for long.
 *
 * @module
 */

import type { IncomingMessage } from "node:http";
import { FailureError } from "../../../schemas/failure/failure.ts";
import { type HttpAnswer, placeOf } from "../../http/http.ts";
import type { KeptHttp } from "../../http/kept_http.ts";
import { systemClock } from "../../time/system_clock.ts";

/** How lines are taken. */
export interface StreamOptions {
  /** Lines will follow: the answer has begun, and is a success. */
  readonly onOpen: () => void;
  /** Gets each line, without its end. */
  readonly onLine: (line: string) => void;
  /** The answer begins within this time, in milliseconds. */
  readonly beginMs: number;
  /** It is given up when nothing came for so long, in milliseconds. */
  readonly silentMs: number;
}

/** Where the answer is from. */
export interface StreamRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly open: KeptHttp["open"];
}

/** Longest line, in characters: an object of the API has 1.5 MiB at most. */
const MOST_LINE = 4 * 1024 * 1024;

/** Longest answer that is no stream, in characters. */
const MOST_REFUSAL = 64 * 1024;

/**
 * Reads until the answer ends.
 *
 * @returns an answer that is no success; null: the stream has ended
 * @throws {FailureError} `unreachable`, `timedOut` @throws the reason of `signal`
 */
export async function readStream(
  request: StreamRequest,
  options: StreamOptions,
  signal: AbortSignal,
): Promise<HttpAnswer | null> {
  signal.throwIfAborted();
  const end = new AbortController();
  const stop = () => end.abort();
  signal.addEventListener("abort", stop, { once: true });
  const silence = makeSilence(stop, options.beginMs);
  try {
    const { open, ...asked } = request;
    const answer = await open({ method: "GET", ...asked }, end.signal);
    silence.heard(options.silentMs);
    const heard = () => silence.heard(options.silentMs);
    if (answer.statusCode !== 200) return await refusal(answer, heard);
    options.onOpen();
    return await lines(answer, heard, options.onLine);
  } catch (thrown) {
    signal.throwIfAborted();
    throw failureOf(request.url, thrown, silence.isOver());
  } finally {
    silence.end();
    signal.removeEventListener("abort", stop);
    end.abort();
  }
}

/** Ends what is silent for too long. */
function makeSilence(stop: () => void, firstMs: number) {
  let isOver = false;
  const set = (ms: number) =>
    systemClock.after(ms, () => {
      isOver = true;
      stop();
    });
  let cancel = set(firstMs);
  return {
    heard: (ms: number) => {
      cancel();
      cancel = set(ms);
    },
    isOver: () => isOver,
    end: () => cancel(),
  };
}

function lines(answer: IncomingMessage, heard: () => void, onLine: (line: string) => void): Promise<null> {
  const decoder = new TextDecoder();
  let rest = "";
  return new Promise((resolve, reject) => {
    answer.on("data", (chunk: Uint8Array) => {
      heard();
      const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = parts.pop() ?? "";
      try {
        for (const line of parts) if (line !== "") onLine(line);
        if (rest.length > MOST_LINE) throw new Error(`a line has more than ${MOST_LINE} characters`);
      } catch (thrown) {
        answer.destroy();
        reject(thrown);
      }
    });
    answer.on("end", () => resolve(null));
    answer.on("error", reject);
    answer.on("close", () => resolve(null));
  });
}

function refusal(answer: IncomingMessage, heard: () => void): Promise<HttpAnswer> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  return new Promise((resolve, reject) => {
    const done = () => {
      const headers = Object.fromEntries(
        Object.entries(answer.headers).map(([name, value]) => [name, String(value ?? "")]),
      );
      const body = new Uint8Array(size);
      let at = 0;
      for (const chunk of chunks) {
        body.set(chunk, at);
        at += chunk.length;
      }
      resolve({ status: answer.statusCode ?? 0, headers, body });
    };
    answer.on("data", (chunk: Uint8Array<ArrayBuffer>) => {
      heard();
      if (size + chunk.length > MOST_REFUSAL) return;
      size += chunk.length;
      chunks.push(chunk);
    });
    answer.on("end", done);
    answer.on("error", reject);
    answer.on("close", done);
  });
}

function failureOf(url: string, thrown: unknown, isSilent: boolean): FailureError {
  const place = placeOf(url);
  if (isSilent) {
    return new FailureError({ tag: "timedOut", message: `Nothing came from ${place} for too long` });
  }
  if (thrown instanceof FailureError) return thrown;
  const why = (thrown instanceof Error ? thrown.message : String(thrown)).replaceAll(/\/\/[^/\s]*@/g, "//");
  return new FailureError({ tag: "unreachable", message: `Cannot reach ${place}: ${why}` });
}
