/**
 * Reads what the operator's options name, and what AWS knows: templates from files, S3 and the web, task definitions, the
 * default network. Templates that runs name have a reader of their own, `actors/ecs/templates/read_run_source.ts`.
 *
 * @module
 */

import { explainRead } from "../../schemas/ecs/advice/explain_launch.ts";
import { FailureError, toFailure } from "../../schemas/failure/failure.ts";
import type { JsonObject } from "../../schemas/json/json.ts";
import {
  type DefinitionSource,
  type HttpSource,
  isEcsSource,
  type S3Source,
  type VpcSource,
} from "../../schemas/ecs/source.ts";
import type { Locate } from "../../schemas/options/typed_path.ts";
import type { Reading, ReadSource, Source } from "../../schemas/plan/source.ts";
import { decodeText } from "../../schemas/text/decode_text.ts";
import { refusalMessage } from "../aws/failure.ts";
import type { AwsClients } from "./clients.ts";
import type { TaskDefinition } from "./calls.ts";
import type { PacedCalls } from "./paced_calls.ts";
import { whyUnreadable } from "../files/read_named_file.ts";
import { type HttpCall, placeOf } from "../http/http.ts";

/** What {@link makeReadSource} needs. */
export interface ReadSourceDeps {
  readonly aws: Pick<AwsClients, "readS3Object" | "readDefaultSubnets" | "readVpcNetwork"> & {
    /** May be paced: a reading waits under the key of its source. */
    readonly ecs: Pick<PacedCalls, "describeTaskDefinition">;
    /** Absent where clients are made for each question alone: a placeholder stands for it. */
    readonly region?: string;
  };
  readonly http: HttpCall;
  /** Bytes of a file. Rejects with `Deno.errors.NotFound` when there is none. */
  readonly readFile: (path: string) => Promise<Uint8Array>;
  /** Absolute path of what an option names. */
  readonly locate: Locate;
}

const HTTP_TIMEOUT_MS = 30_000;
const MAX_BYTES = 16 * 1024 * 1024;

/** Answers of an overloaded server or proxy, worth another try. */
const PASSING_STATUSES: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/**
 * The reader. A file that cannot be used, and an object or bucket that does not exist, is a reading; everything else that goes
 * wrong is thrown.
 *
 * @throws {FailureError} from each call: `configuration` (bytes that are no text, refused URL, no default network), `refused`,
 * and what may go away by itself: `unreachable`, `timedOut`, `unavailable`, `throttled`
 */
export function makeReadSource(deps: ReadSourceDeps): ReadSource {
  return async (source, signal) => {
    try {
      return await readOne(source, deps, signal);
    } catch (thrown) {
      const failure = toFailure(thrown);
      const told = explainRead(failure, source.kind);
      throw told === failure ? thrown : new FailureError(told, { cause: thrown });
    }
  };
}

async function readOne(source: Source, deps: ReadSourceDeps, signal: AbortSignal): Promise<Reading> {
  if (!isEcsSource(source)) {
    throw new RangeError(`Cannot read ${source.key}: no reader of ECS knows its kind`);
  }
  switch (source.kind) {
    case "file":
      return await readFileText(source.path, deps);
    case "s3":
      return await readObject(source, deps, signal);
    case "http":
      return await readPage(source, deps, signal);
    case "taskDefinition":
      return await describe(source, deps, signal);
    case "defaultNetwork":
      // The subnets of the default VPC: all ids in the order of the answer, at least one.
      return { kind: "json", value: { subnets: await deps.aws.readDefaultSubnets(signal) } };
    case "awsRegion":
      return { kind: "json", value: { region: source.account?.region ?? deps.aws.region ?? "(region)" } };
    case "vpcNetwork":
      return await readNetwork(source, deps, signal);
  }
}

async function readNetwork(
  source: VpcSource,
  { aws }: ReadSourceDeps,
  signal: AbortSignal,
): Promise<Reading> {
  const network = await aws.readVpcNetwork(source.vpcId, signal);
  return "absent" in network ? { kind: "absent", message: network.absent } : { kind: "json", value: network };
}

/** Who asked for the file names it before this message: option and path as typed. */
async function readFileText(path: string, { readFile, locate }: ReadSourceDeps): Promise<Reading> {
  const at = locate(path);
  if (at === "") return { kind: "absent", message: "the path names no file" };
  try {
    const read = decodeText(await readFile(at));
    if ("text" in read) return { kind: "text", text: read.text };
    return { kind: "absent", message: `Cannot read ${at}: ${read.problem}` };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      return { kind: "absent", message: `there is no file ${at}` };
    }
    return { kind: "absent", message: `Cannot read ${at}: ${whyUnreadable(error)}` };
  }
}

async function readObject(
  { bucket, object: key, option }: S3Source,
  { aws }: ReadSourceDeps,
  signal: AbortSignal,
): Promise<Reading> {
  const read = await aws.readS3Object({ bucket, key }, signal);
  if (!read.found) return { kind: "absent", message: read.message };
  return textOf(read.bytes, `s3://${bucket}/${key}`, option);
}

/** @throws {FailureError} `configuration` for bytes that are no text: unlike absence, nothing stands in for them */
function textOf(bytes: Uint8Array, place: string, option: string | undefined): Reading {
  const read = decodeText(bytes);
  if ("text" in read) return { kind: "text", text: read.text };
  throw new FailureError({
    tag: "configuration",
    field: place,
    message: `Cannot read ${place}${option === undefined ? "" : ` (${option})`}: ${read.problem}`,
  });
}

/** An error page must never become a template (Q-HTTP-STATUS). */
async function readPage(
  { url, option }: HttpSource,
  { http }: ReadSourceDeps,
  signal: AbortSignal,
): Promise<Reading> {
  const { status, body } = await http({
    method: "GET",
    url,
    headers: { accept: "*/*" },
    redirect: "follow",
    timeoutMs: HTTP_TIMEOUT_MS,
    maxBytes: MAX_BYTES,
    signal,
  });
  if (status >= 200 && status < 300) return textOf(body, placeOf(url), option);
  const message = `Cannot read ${placeOf(url)}: the server answered with HTTP status ${status}`;
  if (PASSING_STATUSES.has(status)) throw new FailureError({ tag: "unavailable", status, message });
  throw new FailureError({ tag: "configuration", field: placeOf(url), message });
}

/**
 * Describes a definition by its ARN, family or family:revision. The reading has `taskDefinitionArn`, `family`, `revision`,
 * `status`, `taskRoleArn` and `executionRoleArn`, the last two null where the definition has no role, and
 * `containerDefinitions` with names and images.
 */
async function describe(
  { name, key }: DefinitionSource,
  { aws }: ReadSourceDeps,
  signal: AbortSignal,
): Promise<Reading> {
  const found = await aws.ecs.describeTaskDefinition(name, signal, key);
  if (found !== null) return { kind: "json", value: describedAs(found) };
  const operation = "DescribeTaskDefinition";
  // The client takes this very refusal for "not found"; a run that names a definition needs it back.
  const message = refusalMessage("ClientException", operation, "Unable to describe task definition.");
  throw new FailureError({ tag: "refused", service: "ECS", code: "ClientException", operation, message });
}

function describedAs(found: TaskDefinition): JsonObject {
  const { arn, family, revision, status, taskRoleArn, executionRoleArn, containers } = found;
  const { networkMode = null, requiresCompatibilities = [] } = found;
  const containerDefinitions = containers.map(({ name, image }) => ({ name, image }));
  return {
    taskDefinitionArn: arn,
    family,
    revision,
    status,
    taskRoleArn,
    executionRoleArn,
    networkMode,
    requiresCompatibilities,
    containerDefinitions,
  };
}
