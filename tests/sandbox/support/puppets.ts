/**
 * Containers that are puppets of a test: they start and end as it says.
 *
 * @module
 */

import type { ContainerStart, Launcher } from "../../../sandbox/containers/launcher.ts";

/** A container that does what the test says. */
export interface Puppet {
  readonly start: ContainerStart;
  readonly signals: string[];
  readonly exit: (code: number) => void;
}

/** What a test may choose. */
export interface PuppetChoices {
  /** Answers `refuses` of the launcher. */
  readonly refuses?: (image: string) => string | null;
  /** Throws instead of starting a container. */
  readonly broken?: (container: ContainerStart) => boolean;
}

/** A launcher of puppets. @param leftovers gets the id of each task whose leftovers are to be ended */
export function puppeteer(choices: PuppetChoices, puppets: Puppet[], leftovers: string[]): Launcher {
  return {
    refuses: choices.refuses ?? (() => null),
    start: (start, onExit) => {
      if (choices.broken?.(start) === true) throw new Error("no such command");
      const signals: string[] = [];
      puppets.push({ start, signals, exit: onExit });
      return { signal: (name) => void signals.push(name) };
    },
    endLeftover: (taskId) => void leftovers.push(taskId),
  };
}
