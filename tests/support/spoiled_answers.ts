/**
 * A Prefect API whose answers cannot be read when they hold one of some runs.
 *
 * @module
 */

import type { HttpAnswer, HttpCall } from "../../actors/http/http.ts";
import { FailureError } from "../../schemas/failure/failure.ts";

/** What is wrong with an answer, and how a message tells of it. */
export interface Spoil {
  readonly name: string;
  /** Replaces an answer that names the text. May throw what HTTP throws. */
  readonly spoil: (answer: HttpAnswer, at: string) => HttpAnswer;
  readonly says: RegExp;
}

/** Replaces the first byte after a text by others. */
function replaced(answer: HttpAnswer, at: string, bytes: readonly number[]): HttpAnswer {
  const text = new TextDecoder().decode(answer.body);
  const from = new TextEncoder().encode(text.slice(0, text.indexOf(at) + at.length)).length;
  const body = new Uint8Array(answer.body.length + bytes.length);
  body.set(answer.body.subarray(0, from));
  body.set(bytes, from);
  body.set(answer.body.subarray(from), from + bytes.length);
  return { ...answer, body };
}

/** One for each way in which a row makes the whole answer unreadable. */
export const SPOILS: readonly Spoil[] = [
  {
    name: "longer than is read",
    spoil: () => {
      throw new FailureError({
        tag: "unavailable",
        status: 200,
        message: "Answer of the API is longer than 1000 bytes",
        fault: { kind: "tooLong", mostBytes: 1000 },
      });
    },
    says: /longer than 1000 bytes/,
  },
  {
    name: "not UTF-8",
    spoil: (answer, at) => replaced(answer, at, [0xff]),
    says: /byte \d+ .* is not UTF-8/,
  },
  { name: "an overlong sequence", spoil: (a, at) => replaced(a, at, [0xc0, 0xaf]), says: /is not UTF-8/ },
  { name: "a line end in a text", spoil: (a, at) => replaced(a, at, [0x0a]), says: /is not JSON/ },
  { name: "a quote too many", spoil: (a, at) => replaced(a, at, [0x22]), says: /is not JSON/ },
  { name: "a broken escape", spoil: (a, at) => replaced(a, at, [0x5c, 0x78]), says: /is not JSON/ },
];

/** An API that spoils its answers to queries for whole rows wherever one of these texts is in them. */
export function spoiling(call: HttpCall, texts: readonly string[], { spoil }: Spoil): HttpCall {
  return async (request) => {
    const answer = await call(request);
    // A glance has no column that a run can fill.
    if (!/flow_run\(.*serialized_state/s.test(String(request.body))) return answer;
    const text = new TextDecoder().decode(answer.body);
    const found = texts.find((one) => text.includes(one));
    return found === undefined ? answer : spoil(answer, found);
  };
}
