/**
 * Task definitions that are to go with the task of the run that they were registered for, and not before other runs in hand
 * have done with them.
 *
 * @module
 */

import type { EnsuredDefinition } from "../../../schemas/contracts/task.ts";
import { isJsonObject, type Json } from "../../../schemas/json/json.ts";
import { listItems } from "../../../schemas/json/shape.ts";
import type { LaunchPlan } from "../../../schemas/ecs/launch_plan.ts";
import type { Deregister } from "./deregister_task_definition.ts";
import type { TaskDefinitions } from "./ensure_task_definition.ts";

/** The definitions of one account. */
export interface PassingDefinitions {
  /** A run gets this definition. */
  readonly used: (runId: string, plan: LaunchPlan, definition: EnsuredDefinition) => void;
  /** The plan, with the tag that says so where the definition was registered for this very run. */
  readonly tagged: (runId: string, plan: LaunchPlan, definition: string) => LaunchPlan;
  /** The run has left: its task is over, or is not followed. */
  readonly left: (runId: string) => void;
}

/** What they need. */
export interface PassingDeps {
  readonly deregister: Deregister;
  readonly definitions: Pick<TaskDefinitions, "forget">;
}

/** One use of a definition. */
interface Use {
  readonly arn: string;
  readonly plan: LaunchPlan;
  /** It was registered for this run, and is to go with its task. */
  readonly isOwner: boolean;
}

/** None in use. */
export function makePassingDefinitions({ deregister, definitions }: PassingDeps): PassingDefinitions {
  const uses = new Map<string, Use>();
  const due = new Set<string>();
  return {
    used: (runId, plan, { name, registered }) => {
      const { definition } = plan;
      if (definition.how !== "byDigest" || definition.autoDeregister !== true) return;
      const before = uses.get(runId);
      const isOwner = registered || (before?.isOwner === true && before.arn === name);
      uses.set(runId, { arn: name, plan, isOwner });
    },
    tagged: (runId, plan, definition) => {
      const use = uses.get(runId);
      const tag = plan.deregisterTag ?? null;
      if (tag === null || use === undefined || !use.isOwner || use.arn !== definition) return plan;
      const others = listItems(plan.runTask["tags"]).filter((one) => keyOf(one) !== tag.key);
      return { ...plan, runTask: { ...plan.runTask, tags: [...others, { ...tag }] } };
    },
    left: (runId) => {
      const use = uses.get(runId);
      if (use === undefined) return;
      uses.delete(runId);
      const { arn, plan, isOwner } = use;
      if (isOwner) due.add(arn);
      if (!due.has(arn) || [...uses.values()].some((other) => other.arn === arn)) return;
      due.delete(arn);
      definitions.forget(plan.definition);
      void deregister(arn, new AbortController().signal);
    },
  };
}

function keyOf(tag: Json): Json | undefined {
  return isJsonObject(tag) ? tag["key"] : undefined;
}
