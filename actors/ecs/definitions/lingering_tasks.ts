/**
 * Tasks that live on after their run has left, and whose end somebody waits for: they are looked at from time to time.
 *
 * @module
 */

import type { Clock } from "../../../schemas/time/clock.ts";
import type { Task } from "../calls.ts";

/** What following them needs. */
export interface LingeringDeps {
  /** Looks at tasks of one cluster; null: the default one. @returns those that ECS shows */
  readonly describe: (cluster: string | null, arns: readonly string[]) => Promise<readonly Task[]>;
  /** Told once for each task, when it has stopped or ECS shows it no more. */
  readonly ended: (taskArn: string) => void;
  readonly clock: Clock;
}

/** The tasks that are followed so. */
export interface LingeringTasks {
  readonly follow: (taskArn: string, cluster: string | null) => void;
  /** Its end is known. */
  readonly drop: (taskArn: string) => void;
}

/** Time between two looks, in milliseconds. */
const EVERY_MS = 30_000;

/** A task that this many looks in a row do not show is gone. */
const MISSING_LOOKS = 3;

/** Most ids in one DescribeTasks. @see ECS API reference */
const MAX_IDS = 100;

interface Lingering {
  readonly cluster: string | null;
  missed: number;
}

/** None is followed yet; nothing runs while none is. */
export function makeLingeringTasks({ describe, ended, clock }: LingeringDeps): LingeringTasks {
  const tasks = new Map<string, Lingering>();
  let forget: (() => void) | null = null;
  const end = (arn: string) => {
    if (tasks.delete(arn)) ended(arn);
  };
  const lookAt = async (cluster: string | null, arns: readonly string[]) => {
    const shown = new Map((await describe(cluster, arns)).map((task) => [task.arn, task]));
    for (const arn of arns) {
      const one = tasks.get(arn);
      const task = shown.get(arn);
      if (one === undefined) continue;
      one.missed = task === undefined ? one.missed + 1 : 0;
      if (task?.lastStatus === "STOPPED" || one.missed >= MISSING_LOOKS) end(arn);
    }
  };
  const later = () => {
    forget ??= clock.after(EVERY_MS, async () => {
      const parts = [...Map.groupBy(tasks.keys(), (arn) => tasks.get(arn)?.cluster ?? null)].flatMap(
        ([cluster, arns]) => inParts(arns).map((some) => lookAt(cluster, some)),
      );
      // What cannot be looked at now is looked at again.
      await Promise.allSettled(parts);
      forget = null;
      if (tasks.size > 0) later();
    });
  };
  return {
    follow: (arn, cluster) => {
      tasks.set(arn, { cluster, missed: 0 });
      later();
    },
    drop: (arn) => {
      tasks.delete(arn);
      if (tasks.size > 0) return;
      forget?.();
      forget = null;
    },
  };
}

function inParts(arns: readonly string[]): readonly (readonly string[])[] {
  const count = Math.ceil(arns.length / MAX_IDS);
  return Array.from({ length: count }, (_, at) => arns.slice(at * MAX_IDS, (at + 1) * MAX_IDS));
}
