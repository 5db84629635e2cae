/**
 * Places outside where more is known of a run.
 *
 * @module
 */

import type { Link } from "./protocol/protocol.ts";

/** Where the outside is. */
export interface LinkBases {
  /** Address of the Prefect UI, null when unknown. */
  readonly prefectUi: string | null;
}

const CONSOLES: Readonly<Record<string, string>> = {
  "aws": "console.aws.amazon.com",
  "aws-cn": "console.amazonaws.cn",
  "aws-us-gov": "console.amazonaws-us-gov.com",
};

/** Links for a run; those of tasks need an ARN of the long form, which names the cluster. */
export function linksOf(runId: string, taskId: string | null, { prefectUi }: LinkBases): readonly Link[] {
  const prefect = prefectUi === null ? [] : [{
    label: "Prefect run",
    url: `${prefectUi.replace(/\/+$/, "")}/flow-run/${encodeURIComponent(runId)}`,
  }];
  return [...prefect, ...taskLinks(taskId ?? "")];
}

function taskLinks(arn: string): readonly Link[] {
  const parts = /^arn:(aws[\w-]*):ecs:([\w-]+):\d+:task\/([^/]+)\/([\w-]+)$/.exec(arn);
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
