/**
 * What the API server answers instead of an object, as a failure.
 *
 * @see "Status" in the Kubernetes API reference; "Server responses" of the API concepts
 * @module
 */

import type { Failure } from "../../failure/failure.ts";
import { isJsonObject, type Json } from "../../json/json.ts";
import { textIn } from "./text.ts";

/** A request, as messages name it. */
export interface KubeRequest {
  /** `create`, `list`… */
  readonly verb: string;
  /** `jobs`, `pods`, `events`, `pods/log`. */
  readonly resource: string;
  readonly group: string;
  readonly namespace: string;
  /** Sending it again cannot do harm: it changes nothing, or does so once. */
  readonly isRead: boolean;
}

/** An answer that is no success. */
export interface RefusedAnswer {
  readonly status: number;
  /** The body as JSON; null: it is none. */
  readonly body: Json | null;
  /** How long the server asks to wait, in milliseconds; null: it does not say. */
  readonly retryAfterMs: number | null;
}

/** Wait where a server that throttles names none, in milliseconds. */
const USUAL_WAIT_MS = 1000;

/** Longest wait that is taken from a server, in milliseconds. */
const MOST_WAIT_MS = 60_000;

/** The failure that an answer stands for. Only its reason and message are told, no headers. */
export function refusalOf({ status, body, retryAfterMs }: RefusedAnswer, request: KubeRequest): Failure {
  const { reason = null, message = null } = isJsonObject(body) ? body : {};
  const code = textIn(reason) ?? `HTTP ${status}`;
  const text = textIn(message) ?? `the API server answered HTTP ${status}`;
  const what = `${request.verb} ${request.resource}`;
  const said = `The API server refused to ${what} in namespace ${request.namespace}: ${text} (${code})`;
  if (status === 429) {
    const waitMs = Math.min(MOST_WAIT_MS, retryAfterMs ?? USUAL_WAIT_MS);
    return { tag: "throttled", retryAfterMs: waitMs, message: said };
  }
  if (status >= 500 || status === 408) return troubled(said, { status, retryAfterMs }, request);
  const operation = `${request.verb} ${request.resource}`;
  return { tag: "refused", service: "Kubernetes", code, operation, message: `${said}${todo(status, code)}` };
}

function troubled(
  message: string,
  { status, retryAfterMs }: Pick<RefusedAnswer, "status" | "retryAfterMs">,
  { verb, resource, isRead }: KubeRequest,
): Failure {
  // A server that names a wait has not begun.
  if (status === 503 && retryAfterMs !== null) {
    return { tag: "throttled", retryAfterMs: Math.min(MOST_WAIT_MS, retryAfterMs), message };
  }
  if (isRead) return { tag: "unavailable", status, message };
  return { tag: "unknownOutcome", operation: `${verb} ${resource}`, message };
}

function todo(status: number, code: string): string {
  if (status === 401) return "; the agent's token is not accepted: check its service account or kubeconfig";
  if (status === 403 && code === "Forbidden") {
    return "; see which rights and quotas its account has: kubectl auth can-i --list, kubectl describe quota";
  }
  if (status === 422 || status === 400) return "; change the run config or the job template that asks for it";
  return "";
}

/** The failure of a creation whose name is taken. */
export function takenName(message: string): Failure {
  return { tag: "refused", service: "Kubernetes", code: "AlreadyExists", operation: "create jobs", message };
}

/** @see the message of the API server's authorizer */
const WITHOUT_RIGHT = /\bcannot \w+ resource\b/;

/** Whether a failure says that the agent's account has not this right, and not that a quota or policy is against it. */
export function isRightMissing(failure: Failure): boolean {
  return isForbidden(failure) && WITHOUT_RIGHT.test(failure.message);
}

/** Whether the API server says that the agent may not do this. */
export function isForbidden(failure: Failure): boolean {
  return failure.tag === "refused" && failure.service === "Kubernetes" && failure.code === "Forbidden";
}
