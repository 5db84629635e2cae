/**
 * Task definitions that are to go with the task of the run that they were registered for, and not before other runs in hand
 * have done with them. A tag on that task says so, also to later processes.
 *
 * @module
 */

import type { EnsuredDefinition } from "../../../schemas/contracts/task.ts";
import { isJsonObject, type Json } from "../../../schemas/json/json.ts";
import { listItems } from "../../../schemas/json/shape.ts";
import type { DefinitionPlan, LaunchPlan } from "../../../schemas/ecs/launch_plan.ts";
import type { Clock } from "../../../schemas/time/clock.ts";
import type { Task } from "../calls.ts";
import type { Deregister } from "./deregister_task_definition.ts";
import type { TaskDefinitions } from "./ensure_task_definition.ts";
import { makeLingeringTasks } from "./lingering_tasks.ts";

/** The definitions of one account. */
export interface PassingDefinitions {
  /** A run gets this definition. */
  readonly used: (runId: string, plan: DefinitionPlan, definition: EnsuredDefinition) => void;
  /** The plan, with the tag that says so where the definition was registered for this very run. */
  readonly tagged: (runId: string, plan: LaunchPlan, definition: string) => LaunchPlan;
  /** The run has a task. @param cluster null: the default one */
  readonly launched: (runId: string, taskArn: string, cluster: string | null) => void;
  /** A task of a run in hand as ECS shows it, with its tags. */
  readonly seen: (task: Task) => void;
  /** A task has stopped. @param passing the definition that its tag says goes with it; null: the tag is not known */
  readonly ended: (taskArn: string, passing: string | null) => void;
  /** The run has left: what it used is free. */
  readonly left: (runId: string) => void;
}

/** What they need. */
export interface PassingDeps {
  readonly deregister: Deregister;
  readonly definitions: Pick<TaskDefinitions, "forgetName">;
  /** Looks at tasks. @returns those that ECS shows */
  readonly describe: (cluster: string | null, arns: readonly string[]) => Promise<readonly Task[]>;
  /** Key of the tag. */
  readonly tagKey: string;
  readonly clock: Clock;
}

/** One run's use of a definition. */
interface Use {
  readonly arn: string;
  /** It was registered for this run, and is to go with its task. */
  readonly isOwner: boolean;
  /** It has, or had, a task. */
  hasTask: boolean;
  /** When its task was last looked at; null: this process ensured the definition, and is told when the run leaves. */
  seenMs: number | null;
}

/** The task of a run in hand is looked at more often than this, in milliseconds. */
const IN_HAND_MS = 600_000;

/** A task that lives, and the definition that goes with it. */
interface Owner {
  readonly arn: string;
  /** Null: the task does not say. */
  readonly runId: string | null;
  readonly cluster: string | null;
}

interface Passing extends PassingDeps {
  readonly uses: Map<string, Use>;
  /** By their live task. */
  readonly owners: Map<string, Owner>;
  /** Definitions whose task has stopped. */
  readonly due: Set<string>;
}

/** None in use. */
export function makePassingDefinitions(deps: PassingDeps): PassingDefinitions {
  const passing: Passing = { ...deps, uses: new Map(), owners: new Map(), due: new Set() };
  const { uses, owners } = passing;
  const lingering = makeLingeringTasks({ ...deps, ended: (taskArn) => end(taskArn, null, passing) });
  const ended: PassingDefinitions["ended"] = (taskArn, known) => {
    lingering.drop(taskArn);
    end(taskArn, known, passing);
  };
  return {
    used: (runId, plan, { name, registered }) => {
      if (plan.how !== "byDigest" || plan.autoDeregister !== true) return;
      const before = uses.get(runId);
      const isOwner = registered || (before?.isOwner === true && before.arn === name);
      uses.set(runId, { arn: name, isOwner, hasTask: false, seenMs: null });
    },
    tagged: (runId, plan, definition) => tagged(uses.get(runId), plan, definition),
    launched: (runId, taskArn, cluster) => {
      const use = uses.get(runId);
      if (use === undefined) return;
      use.hasTask = true;
      if (use.isOwner) owners.set(taskArn, { arn: use.arn, runId, cluster });
    },
    seen: (task) => see(task, passing, ended),
    ended,
    left: (runId) => {
      for (const [taskArn, owner] of owners) {
        if (owner.runId === runId) lingering.follow(taskArn, owner.cluster);
      }
      leave(runId, passing);
    },
  };
}

function tagged(use: Use | undefined, plan: LaunchPlan, definition: string): LaunchPlan {
  const tag = plan.deregisterTag ?? null;
  if (tag === null || use === undefined || !use.isOwner || use.arn !== definition) return plan;
  const others = listItems(plan.runTask["tags"]).filter((one) => keyOf(one) !== tag.key);
  return { ...plan, runTask: { ...plan.runTask, tags: [...others, { ...tag }] } };
}

/** A task that was asked to stop has lost its tags: what they said before counts. */
function see(task: Task, passing: Passing, ended: PassingDefinitions["ended"]): void {
  const { uses, owners, due, tagKey, clock } = passing;
  const { arn: taskArn, definitionArn = null, flowRunId: runId, lastStatus, tagKeys } = task;
  const goes = tagKeys?.includes(tagKey) === true ? definitionArn : null;
  if (lastStatus === "STOPPED") return ended(taskArn, goes);
  if (goes !== null && !owners.has(taskArn)) owners.set(taskArn, { arn: goes, runId, cluster: null });
  // Where no definition is to go, nobody asks who uses which.
  if (runId === null || definitionArn === null || owners.size + due.size === 0) return;
  const use = uses.get(runId);
  if (use === undefined) {
    uses.set(runId, { arn: definitionArn, isOwner: false, hasTask: true, seenMs: clock.now() });
  } else if (use.seenMs !== null) use.seenMs = clock.now();
}

/** The run whose task it was has done with its definition: launched again, it asks for one again. */
function end(taskArn: string, known: string | null, passing: Passing): void {
  const { owners, uses } = passing;
  const owner = owners.get(taskArn);
  owners.delete(taskArn);
  const arn = owner?.arn ?? known;
  if (arn === null) return;
  if (owner !== undefined && owner.runId !== null && uses.get(owner.runId)?.arn === arn) {
    uses.delete(owner.runId);
  }
  release(passing, arn, true);
}

/** A run that got no task takes its definition with it; the task of another one may live on. */
function leave(runId: string, passing: Passing): void {
  const use = passing.uses.get(runId);
  passing.uses.delete(runId);
  if (use !== undefined) release(passing, use.arn, use.isOwner && !use.hasTask);
}

/** Deregisters a definition whose time has come, unless another run in hand uses it. */
function release(passing: Passing, arn: string, isDue: boolean): void {
  const { uses, owners, due, definitions, deregister, clock } = passing;
  if (isDue) due.add(arn);
  if (!due.has(arn)) return;
  for (const [runId, use] of uses) {
    if (use.seenMs !== null && clock.now() - use.seenMs > IN_HAND_MS) uses.delete(runId);
    else if (use.arn === arn) return;
  }
  if ([...owners.values()].some((owner) => owner.arn === arn)) return;
  due.delete(arn);
  definitions.forgetName(arn);
  void deregister(arn, new AbortController().signal);
}

function keyOf(tag: Json): Json | undefined {
  return isJsonObject(tag) ? tag["key"] : undefined;
}
