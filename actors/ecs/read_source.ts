/**
 * Reads what the operator's options name, and what AWS knows: templates from files, S3 and the web, task definitions, the
 * default network. Templates that runs name have a reader of their own, `actors/templates/read_run_source.ts`.
 *
 * @module
 */

import { explainRead } from "../../schemas/ecs/advice/explain_launch.ts";
import { FailureError, toFailure } from "../../schemas/failure/failure.ts";
import type { JsonObject } from "../../schemas/json/json.ts";
import { type DefinitionSource, isEcsSource, type VpcSource } from "../../schemas/ecs/source.ts";
import type { Reading, ReadSource, Source } from "../../schemas/plan/source.ts";
import { refusalMessage } from "../aws/failure.ts";
import type { AwsClients } from "./clients.ts";
import type { TaskDefinition } from "./calls.ts";
import type { PacedCalls } from "./paced_calls.ts";
import { readPlace, type ReadPlaceDeps } from "../templates/read_place.ts";

/** What {@link makeReadSource} needs. */
export interface ReadSourceDeps extends Omit<ReadPlaceDeps, "readS3Object"> {
  readonly aws: Pick<AwsClients, "readS3Object" | "readDefaultSubnets" | "readVpcNetwork"> & {
    /** May be paced: a reading waits under the key of its source. */
    readonly ecs: Pick<PacedCalls, "describeTaskDefinition">;
    /** Absent where clients are made for each question alone: a placeholder stands for it. */
    readonly region?: string;
  };
}

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
    case "s3":
    case "http":
      return await readPlace(source, { ...deps, readS3Object: deps.aws.readS3Object }, signal);
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
