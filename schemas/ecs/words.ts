/**
 * How messages and the inspector name ECS.
 *
 * @module
 */

import type { PlatformWords } from "../contracts/platform.ts";

/** The words of ECS. */
export const ECS_WORDS: PlatformWords = {
  name: "ECS",
  provider: "AWS",
  launch: "RunTask",
  lookPermission: "ecs:DescribeTasks",
  listPermission: "ecs:ListTasks",
};
