/**
 * The part of CloudWatch Logs that reads what containers printed: GetLogEvents and DescribeLogStreams. There is one log
 * group, whatever its name; a stream is `<prefix>/<container>/<task id>`.
 *
 * @module
 */

import * as v from "valibot";
import type { JsonObject } from "../../schemas/json/json.ts";
import type { ContainerOutput } from "../containers/container_output.ts";
import { AwsError } from "../ecs/error.ts";
import { readInput } from "../ecs/world.ts";

const EVENTS = v.object({
  logStreamName: v.string(),
  limit: v.optional(v.number(), 10_000),
  startFromHead: v.optional(v.boolean(), false),
});

function getLogEvents(output: ContainerOutput, input: JsonObject): JsonObject {
  const { logStreamName, limit, startFromHead } = readInput(EVENTS, input);
  const stream = logStreamName.split("/").slice(-2).join("/");
  if (!output.streams().includes(stream)) {
    throw new AwsError("ResourceNotFoundException", "The specified log stream does not exist.");
  }
  const lines = output.lines(stream);
  const part = startFromHead ? lines.slice(0, limit) : lines.slice(Math.max(0, lines.length - limit));
  return {
    events: part.map(({ at, text }) => ({ timestamp: at, message: text, ingestionTime: at })),
    nextForwardToken: `f/${lines.length}`,
    nextBackwardToken: "b/0",
  };
}

/** Answers an operation of CloudWatch Logs. @throws {AwsError} */
export function answerLogs(output: ContainerOutput, operation: string, input: JsonObject): JsonObject {
  if (operation === "GetLogEvents") return getLogEvents(output, input);
  if (operation === "DescribeLogStreams") {
    return { logStreams: output.streams().map((logStreamName) => ({ logStreamName })) };
  }
  throw new AwsError("UnknownOperationException", `The local account has no operation ${operation} of logs`);
}
