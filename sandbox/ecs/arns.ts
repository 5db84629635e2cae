/**
 * Names of things in the local account.
 *
 * @module
 */

import type { Random } from "../../schemas/time/clock.ts";

/** The only account there is. */
export const ACCOUNT = "123456789012";

/** Region of a request that is not signed. */
export const DEFAULT_REGION = "us-east-1";

/** ARN of a cluster. */
export function clusterArn(region: string, name: string): string {
  return `arn:aws:ecs:${region}:${ACCOUNT}:cluster/${name}`;
}

/** ARN of a task. @param id 32 hexadecimal digits */
export function taskArn(region: string, cluster: string, id: string): string {
  return `arn:aws:ecs:${region}:${ACCOUNT}:task/${cluster}/${id}`;
}

/** ARN of a revision. */
export function definitionArn(region: string, family: string, revision: number): string {
  return `arn:aws:ecs:${region}:${ACCOUNT}:task-definition/${family}:${revision}`;
}

/** What stands behind the last slash, or the text itself. */
export function lastPart(arnOrName: string): string {
  return arnOrName.slice(arnOrName.lastIndexOf("/") + 1);
}

/** As many hexadecimal digits as asked for. */
export function hexDigits(random: Random, digits: number): string {
  let text = "";
  while (text.length < digits) text += Math.floor(random() * 16).toString(16);
  return text;
}
