/**
 * The id under which Prefect 3 keeps the task of a flow run: `<cluster>::<ARN of the task>`.
 *
 * @module
 */

/** A task, and what stands before its id. */
export interface KeptTask {
  readonly id: string;
  /** Cluster as the run's configuration has it; null: it has none, and the ARN of the task's cluster stands there. */
  readonly scope: string | null;
}

const TASK_ARN = /^(arn:[^:]*:ecs:[^:]*:[^:]*):task\/([^/]+)\/[^/]+$/;

/** The id that is kept. @see recorded: tests/golden/prefect3, `result.identifier` */
export function infrastructurePid({ id, scope }: KeptTask): string {
  const [, account, cluster] = TASK_ARN.exec(id) ?? [];
  const ofTask = account === undefined ? "default" : `${account}:cluster/${cluster}`;
  return `${scope ?? ofTask}::${id}`;
}

/** The task that is kept; null: none, or not one of ECS. */
export function taskIdOf(pid: string | null): string | null {
  const id = pid?.split("::").at(-1) ?? "";
  return id.startsWith("arn:") && id.includes(":task/") ? id : null;
}
