/**
 * Events of EventBridge that tell of a task, as they arrive on a queue.
 *
 * @see "Amazon ECS task state change events"
 * @module
 */

import { isJsonObject, type Json, type JsonObject } from "../../json/json.ts";
import { isDeeperThan, MAX_DEPTH } from "../../json/depth.ts";

/** A change of one task. */
export interface TaskEvent {
  readonly taskArn: string;
  readonly clusterArn: string | null;
  readonly definitionArn: string | null;
  /** Grows with each change of the task; 0: the event does not say. */
  readonly version: number;
  /** The task as DescribeTasks shows one. */
  readonly detail: JsonObject;
}

const DETAIL_TYPE = "ECS Task State Change";

/** Reads the text of a message; null: it tells of no task. Its length is bounded by SQS to 256 KiB. */
export function readTaskEvent(text: string): TaskEvent | null {
  const event = parsed(text);
  if (!isJsonObject(event) || event["detail-type"] !== DETAIL_TYPE || isDeeperThan(event, MAX_DEPTH)) {
    return null;
  }
  const { detail } = event;
  if (!isJsonObject(detail) || typeof detail["taskArn"] !== "string") return null;
  const { version } = detail;
  return {
    taskArn: detail["taskArn"],
    clusterArn: textOf(detail["clusterArn"]),
    definitionArn: textOf(detail["taskDefinitionArn"]),
    version: typeof version === "number" ? version : 0,
    detail,
  };
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function textOf(value: Json | undefined): string | null {
  return typeof value === "string" ? value : null;
}
