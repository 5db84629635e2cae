/**
 * Pages of the AWS console about a task.
 *
 * @module
 */

import type { Link } from "../contracts/platform.ts";

const CONSOLES: Readonly<Record<string, string>> = {
  "aws": "console.aws.amazon.com",
  "aws-cn": "console.amazonaws.cn",
  "aws-us-gov": "console.amazonaws-us-gov.com",
};

/** Links for a task; none for an ARN of the short form, which does not name the cluster. */
export function consoleLinks(taskArn: string): readonly Link[] {
  const parts = /^arn:(aws[\w-]*):ecs:([\w-]+):\d+:task\/([^/]+)\/([\w-]+)$/.exec(taskArn);
  if (parts === null) return [];
  const [, partition = "", region = "", cluster = "", task = ""] = parts;
  const console = CONSOLES[partition];
  if (console === undefined) return [];
  const page = `https://${region}.${console}/ecs/v2/clusters/${encodeURIComponent(cluster)}/tasks/${task}`;
  return [
    { label: "ECS task", url: `${page}/configuration?region=${region}` },
    { label: "Log stream", url: `${page}/logs?region=${region}` },
  ];
}
