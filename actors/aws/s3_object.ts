/**
 * Reads templates and external kwargs from S3, with the agent's own credentials and region (Q-S3-CREDS).
 *
 * @module
 */

import type { S3Client } from "@aws-sdk/client-s3";
import { BOUNDS } from "../../schemas/bounds/bounds.ts";
import { FailureError } from "../../schemas/failure/failure.ts";
import type { S3Object, S3Place } from "../../schemas/templates/place_source.ts";
import { isTooLong } from "../http/http.ts";
import { toAwsFailure } from "./failure.ts";
import { lateSdk } from "./late_sdk.ts";

/** Codes that say that bucket or object do not exist; everything else is a refusal. Fargate goldens F-S3-ANY-ERROR. */
const ABSENT_CODES: ReadonlySet<string> = new Set(["NoSuchKey", "NoSuchBucket", "NotFound"]);

/**
 * Reads an object.
 *
 * @throws {FailureError} `configuration` for an object that is too long; `refused`, `throttled`, `unavailable`, `timedOut`, `credentials`
 */
export async function readS3Object(
  client: S3Client,
  { bucket, key }: S3Place,
  abortSignal: AbortSignal,
): Promise<S3Object> {
  const { GetObjectCommand } = await lateSdk.s3();
  try {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }), { abortSignal });
    return { found: true, bytes: await Body?.transformToByteArray() ?? new Uint8Array() };
  } catch (thrown) {
    if (isTooLong(thrown)) throw tooLong({ bucket, key });
    const error = toAwsFailure(thrown, { service: "S3", operation: "GetObject", kind: "read" });
    const { failure } = error;
    if (failure.tag !== "refused" || !ABSENT_CODES.has(failure.code)) throw error;
    return { found: false, message: failure.message };
  }
}

function tooLong({ bucket, key }: S3Place): FailureError {
  const place = `s3://${bucket}/${key}`;
  const { most, unit } = BOUNDS.template;
  const message = `Cannot read ${place}: it has more than ${most} ${unit}, and no more are accepted`;
  return new FailureError({ tag: "configuration", field: place, message });
}
