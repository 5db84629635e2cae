/**
 * GetLogEvents: the end of one stream of CloudWatch Logs.
 *
 * @module
 */

import type { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import type { LogPlace } from "../../schemas/ecs/log_places.ts";
import { toAwsFailure } from "./failure.ts";
import { lateSdk } from "./late_sdk.ts";

/**
 * Reads the last lines of a stream.
 *
 * @returns none for a stream or group that does not exist: the container has written nothing
 * @throws {FailureError} `refused`, `throttled`, `unavailable`
 * @see "GetLogEvents", CloudWatch Logs API reference
 */
export async function readLogTail(
  client: CloudWatchLogsClient,
  { place, lines }: { readonly place: LogPlace; readonly lines: number },
  abortSignal: AbortSignal,
): Promise<readonly string[]> {
  const { GetLogEventsCommand } = await lateSdk.cloudWatchLogs();
  const { group: logGroupName, stream: logStreamName } = place;
  try {
    const command = new GetLogEventsCommand({
      logGroupName,
      logStreamName,
      limit: lines,
      startFromHead: false,
    });
    const { events } = await client.send(command, { abortSignal });
    return (events ?? []).map(({ message }) => message ?? "").slice(-lines);
  } catch (thrown) {
    const error = toAwsFailure(thrown, {
      service: "CloudWatch Logs",
      operation: "GetLogEvents",
      kind: "read",
    });
    const { failure } = error;
    if (failure.tag === "refused" && failure.code === "ResourceNotFoundException") return [];
    throw error;
  }
}
