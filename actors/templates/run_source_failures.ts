/**
 * Why a template that a flow run names is not read. The sentences follow the path, which the run itself names, and tell
 * nothing of what is there.
 *
 * @module
 */

import { BOUNDS } from "../../schemas/bounds/bounds.ts";
import { FailureError } from "../../schemas/failure/failure.ts";
import type { Reading } from "../../schemas/plan/source.ts";
import { decodeText } from "../../schemas/text/decode_text.ts";

const field = "run_config";

/** It is absent in S3, or the agent may not read it. */
export function noObject(): FailureError {
  const message = "there is no object of this name that the agent may read";
  return new FailureError({ tag: "configuration", field, message });
}

/** Its text. @throws {FailureError} `configuration` for bytes that are none, with their place and no word of it */
export function textReading(bytes: Uint8Array): Reading {
  const read = decodeText(bytes);
  if ("text" in read) return { kind: "text", text: read.text };
  throw new FailureError({ tag: "configuration", field, message: read.problem });
}

/** It is outside of what the operator lists. */
export function notListed(): FailureError {
  const message = "it cannot be read at a place that the agent's operator lists with --run-templates-from";
  return new FailureError({ tag: "configuration", field, message });
}

/** It is longer than is accepted. */
export function tooLongTemplate(): FailureError {
  const message = `it has more than ${BOUNDS.template.most} bytes, and no more are accepted`;
  return new FailureError({ tag: "configuration", field, message });
}

/** One sentence for all of it: a run must not learn which files a machine has. */
export function unreadable(): FailureError {
  const message = "there is no regular file of this name that the agent may read";
  return new FailureError({ tag: "configuration", field, message });
}

/** Its page cannot be used. */
export function wrongPage(message: string): FailureError {
  return new FailureError({ tag: "configuration", field, message });
}

/** Its turn did not come in time. @param place fit for messages */
export function noTurn(place: string): FailureError {
  const message =
    `Cannot read ${place}: its turn did not come, because other templates are slow to arrive; ` +
    "run the flow again later";
  return new FailureError({ tag: "timedOut", message });
}
