/**
 * Turns refusals by AWS, and errors on the way to AWS, into failures. The one place that reads error codes
 * and HTTP statuses of AWS.
 *
 * @module
 */

import { type Failure, FailureError } from "../../schemas/failure/failure.ts";
import { laterBecause } from "./passing_refusal.ts";

/** The facts about one call that decide how it failed. */
export interface AwsCall {
  /** `ECS`, `S3`… */
  readonly service: string;
  /** As AWS spells it: `RunTask`. */
  readonly operation: string;
  /** `read`: it may always be sent again. `write`: a lost answer leaves the outcome unknown. */
  readonly kind: "read" | "write";
}

/** What AWS tells of a refusal; every member may be empty. */
export interface Refusal {
  /** `ClusterNotFoundException`; `Unknown` where there is none. */
  readonly code: string;
  readonly text: string;
  /** HTTP status, 0: not known. */
  readonly status: number;
  /** What a ConflictException names. */
  readonly resourceIds: readonly string[];
}

/** How long a throttled caller should wait at least; the limiter does the pacing. */
const THROTTLED_RETRY_MS = 500;

/** The same where something is being changed, in milliseconds: that takes a little. */
const CHANGING_RETRY_MS = 1000;

/** Turns what a call to AWS threw into a {@link FailureError}; a `FailureError` stays as it is. */
export function toAwsFailure(thrown: unknown, call: AwsCall): FailureError {
  if (thrown instanceof FailureError) return afterTransport(thrown, call);
  const refusal = readRefusal(thrown);
  if (refusal === null) return withoutAnswer(thrown, call);
  return new FailureError(refused(refusal, call), { cause: thrown });
}

/** A refusal as a failure. */
export function refusedCall(refusal: Refusal, call: AwsCall): FailureError {
  return new FailureError(refused(refusal, call));
}

/**
 * Operations whose refusal would be read as "there is no such task", or would leave a task running: an endpoint that does not
 * answer them is asked again.
 */
const ASKED_AGAIN: ReadonlySet<string> = new Set(["DescribeTasks", "ListTasks", "StopTask"]);

/** The code of a refusal by something that stands where AWS is expected. */
const NOT_AWS = "NotAws";

/**
 * An answer that no AWS service gives, e.g. a proxy's page, or half of one; `status` 0: not known. `isPage`: it is a page for
 * people. Where nothing can have been carried out, the endpoint has refused the call.
 */
export function unreadableAnswer(status: number, call: AwsCall, isPage = false): FailureError {
  const { service, operation, kind } = call;
  const what = status === 0
    ? "the answer of AWS cannot be read"
    : `the answer with HTTP status ${status} is not one of AWS; check AWS_ENDPOINT_URL and proxies`;
  const message = `Cannot complete ${operation}: ${what}`;
  if (isRefusedBelow(status, call, isPage)) {
    return new FailureError({ tag: "refused", service, code: NOT_AWS, operation, message });
  }
  if (kind === "write") return new FailureError({ tag: "unknownOutcome", operation, message });
  return new FailureError({ tag: "unavailable", status, message });
}

/**
 * Whether an answer that is not of AWS certainly means that the call was not carried out, and that asking again is of no use.
 * Gateways answer 408, 429 and 5xx but 501 while they are busy; a page with status 200 may hide the task that RunTask started.
 */
function isRefusedBelow(status: number, { operation }: AwsCall, isPage: boolean): boolean {
  if (status === 0 || ASKED_AGAIN.has(operation) || status === 408 || status === 429) return false;
  if (status === NOT_IMPLEMENTED || (status >= 300 && status < 500)) return true;
  return status < 300 && isPage && operation !== "RunTask";
}

const NOT_IMPLEMENTED = 501;

/** Codes and texts of endpoints that stand in for AWS and do not know an operation or a whole service. */
const UNKNOWN_CODE =
  /^(NotImplemented|NotImplementedException|UnknownOperation(Exception)?|UnsupportedOperation(Exception)?)$/;
const UNKNOWN_TEXT =
  /not (yet |been |yet been )*(implemented|emulated|supported|included|available)\b|\bpro feature\b|\bunknown (api|operation|action|service)\b/i;

/** Whether the endpoint says that it does not have the operation: nothing was carried out. */
function isNotOffered({ code, text, status }: Refusal, { operation }: AwsCall): boolean {
  if (ASKED_AGAIN.has(operation)) return false;
  if (status === NOT_IMPLEMENTED || (status >= 500 && UNKNOWN_CODE.test(code))) return true;
  return code === "InternalFailure" && UNKNOWN_TEXT.test(text);
}

/** The sentence in which every AWS refusal is reported, the same as that of the Python SDK. */
export function refusalMessage(code: string, operation: string, text: string): string {
  return `An error occurred (${code}) when calling the ${operation} operation: ${text}`;
}

/** Whether AWS refused because a permission is missing. */
export function isDenied(thrown: unknown): thrown is FailureError {
  if (!(thrown instanceof FailureError) || thrown.failure.tag !== "refused") return false;
  return /^(AccessDenied|UnauthorizedOperation|NotAuthorized)/.test(thrown.failure.code);
}

function refused(refusal: Refusal, { service, operation, kind }: AwsCall): Failure {
  const { code, text, status } = refusal;
  const message = refusalMessage(code, operation, text);
  if (isNotOffered(refusal, { service, operation, kind })) {
    const told = `${
      message.replace(/[\s.]+$/, "")
    }; this endpoint does not offer ${operation}, check AWS_ENDPOINT_URL`;
    return { tag: "refused", service, code, operation, message: told };
  }
  const later = laterBecause(refusal);
  if (later === "rate") return { tag: "throttled", retryAfterMs: THROTTLED_RETRY_MS, message };
  if (later === "changing") {
    return { tag: "throttled", retryAfterMs: CHANGING_RETRY_MS, isChanging: true, message };
  }
  if (later === "fault") {
    return kind === "write"
      ? { tag: "unknownOutcome", operation, message }
      : { tag: "unavailable", status, message };
  }
  if (code === "ConflictException" && operation === "RunTask") {
    return { tag: "conflict", taskIds: refusal.resourceIds, message };
  }
  return { tag: "refused", service, code, operation, message };
}

/** A connection that broke after a write was sent says nothing about whether it was carried out. */
function afterTransport(error: FailureError, { operation, kind }: AwsCall): FailureError {
  const { tag, message } = error.failure;
  const broken = tag === "unreachable" || tag === "timedOut" || tag === "unavailable";
  if (kind === "read" || !broken) return error;
  const told = `${message}; whether ${operation} was carried out is not known`;
  return new FailureError({ tag: "unknownOutcome", operation, message: told }, { cause: error });
}

/** Aborted by the caller's deadline, or an answer that no AWS service gives. The thrown text may quote what was sent. */
function withoutAnswer(thrown: unknown, call: AwsCall): FailureError {
  const late = thrown instanceof DOMException &&
    (thrown.name === "TimeoutError" || thrown.name === "AbortError");
  if (!late) return unreadableAnswer(readStatus(thrown), call);
  const { operation, kind } = call;
  const message = `Cannot complete ${operation}: it was given up before AWS answered`;
  if (kind === "write") return new FailureError({ tag: "unknownOutcome", operation, message });
  return new FailureError({ tag: "timedOut", message });
}

/** Null when what was thrown is no refusal by an AWS service. */
function readRefusal(thrown: unknown): Refusal | null {
  if (!(thrown instanceof Error) || !("$fault" in thrown)) return null;
  const name = textOf(thrown.name);
  const code = name === "Error" || name === "" ? "Unknown" : name;
  const resourceIds = "resourceIds" in thrown && Array.isArray(thrown.resourceIds)
    ? thrown.resourceIds.filter((id) => typeof id === "string")
    : [];
  return { code, text: textOf(thrown.message), status: readStatus(thrown), resourceIds };
}

/** The SDK passes on what it read, which may differ from its types. */
function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function readStatus(thrown: unknown): number {
  if (typeof thrown !== "object" || thrown === null) return 0;
  const parts = [
    "$metadata" in thrown ? thrown.$metadata : null,
    "$response" in thrown ? thrown.$response : null,
  ];
  for (const part of parts) {
    if (typeof part !== "object" || part === null) continue;
    if ("httpStatusCode" in part && typeof part.httpStatusCode === "number") return part.httpStatusCode;
    if ("statusCode" in part && typeof part.statusCode === "number") return part.statusCode;
  }
  return 0;
}
