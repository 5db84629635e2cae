/**
 * Runs containers as subprocesses of this machine.
 *
 * @module
 */

import { textLines } from "./text_lines.ts";
import type { Clock } from "../../schemas/time/clock.ts";
import type { ContainerOutput } from "./container_output.ts";
import type { ContainerStart, Launcher, RunningContainer } from "./launcher.ts";
import { findImageExec, type ImageExec } from "./image_exec.ts";

/** Words and variables that run a container of a built-in image. */
export interface BuiltInCommand {
  readonly argv: readonly string[];
  /** Besides the container's own. */
  readonly environment: Readonly<Record<string, string>>;
  /**
   * Names of the container's variables that it gets; it must be a list where a program of this machine runs, because some
   * names make a program load or run something else.
   *
   * @default all
   */
  readonly takes?: readonly string[];
}

/** Images that need no `--image-exec`, by name. */
export type BuiltInImages = Readonly<Record<string, (container: ContainerStart) => BuiltInCommand>>;

/** What the launcher needs. */
export interface SubprocessParts {
  readonly clock: Clock;
  readonly imageExec: readonly ImageExec[];
  readonly builtIn: BuiltInImages;
  readonly output: ContainerOutput;
  /** `HOME` of the containers that set none: a folder of the sandbox. */
  readonly home: string;
}

/** A launcher that can be waited for. */
export interface SubprocessLauncher extends Launcher {
  /** Resolves when no process of it is left. */
  readonly idle: () => Promise<void>;
}

const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/** Marks the processes of a task, so that a later start can tell them from strangers. */
const MARK = "SANDBOX_TASK";
const DRAIN_MS = 500;

function commandOf(parts: SubprocessParts, container: ContainerStart): BuiltInCommand {
  const builtIn = Object.hasOwn(parts.builtIn, container.image) ? parts.builtIn[container.image] : undefined;
  if (builtIn !== undefined) return builtIn(container);
  const prefix = findImageExec(parts.imageExec, container.image)?.prefix ?? [];
  return { argv: [...prefix, ...container.argv], environment: {} };
}

function taken(
  variables: ContainerStart["environment"],
  names: readonly string[] | undefined,
): ContainerStart["environment"] {
  if (names === undefined) return variables;
  return Object.fromEntries(Object.entries(variables).filter(([name]) => names.includes(name)));
}

/** Signals the whole process group: what a container started ends with it. */
function signalGroup(pid: number, signal: Deno.Signal): void {
  try {
    Deno.kill(-pid, signal);
  } catch {
    // The group has ended already.
  }
}

function spawn(parts: SubprocessParts, container: ContainerStart): Deno.ChildProcess {
  const { argv, environment, takes } = commandOf(parts, container);
  const [command, ...args] = argv;
  if (command === undefined) throw new Error("no command specified");
  return new Deno.Command(command, {
    args,
    env: {
      PATH,
      HOME: parts.home,
      ...environment,
      ...taken(container.environment, takes),
      [MARK]: container.taskId,
    },
    clearEnv: true,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    detached: true,
  }).spawn();
}

async function keepLines(
  source: ReadableStream<Uint8Array>,
  keep: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  try {
    const lines = source.pipeThrough(new TextDecoderStream(), { signal }).pipeThrough(textLines());
    for await (const line of lines) keep(line);
  } catch {
    // The pipe was held open by something that outlived the container.
  }
}

async function follow(
  parts: SubprocessParts,
  container: ContainerStart,
  child: Deno.ChildProcess,
): Promise<number> {
  const stream = `${container.name}/${container.taskId}`;
  const keep = (text: string) => parts.output.add(stream, { at: parts.clock.now(), text });
  const abort = new AbortController();
  const drained = Promise.all(
    [child.stdout, child.stderr].map((pipe) => keepLines(pipe, keep, abort.signal)),
  );
  const { code } = await child.status;
  signalGroup(child.pid, "SIGKILL");
  const forget = parts.clock.after(DRAIN_MS, () => abort.abort());
  await drained;
  forget();
  return code;
}

// Deno itself may not look into /proc, so a shell does it: each group is ended whose leader carries the mark. The mark is all
// that is sure to be there: a sandbox that is killed has no time to write down which processes it has just started.
const END_LEFTOVER = `cd /proc && for file in $(grep -lsF -e "$1" [0-9]*/environ); do
  tr '\\0' '\\n' < "$file" | grep -qxF -e "$1" && kill -s KILL -- "-\${file%%/*}"
done`;

async function endLeftover(taskId: string): Promise<void> {
  const args = ["-c", END_LEFTOVER, "end-leftover", `${MARK}=${taskId}`];
  try {
    await new Deno.Command("/bin/sh", { args, stdin: "null", stdout: "null", stderr: "null" }).output();
  } catch {
    // No shell, no /proc: the process ends by itself.
  }
}

/** A launcher of subprocesses. */
export function createSubprocessLauncher(parts: SubprocessParts): SubprocessLauncher {
  const running = new Set<Promise<void>>();
  return {
    refuses: (image) => {
      const isKnown = Object.hasOwn(parts.builtIn, image) ||
        findImageExec(parts.imageExec, image) !== undefined;
      if (isKnown) return null;
      return `no --image-exec pattern of the sandbox fits the image ${image}`;
    },
    start: (container, onExit): RunningContainer => {
      const child = spawn(parts, container);
      const done = follow(parts, container, child).then(onExit).finally(() => running.delete(done));
      running.add(done);
      return { signal: (name) => signalGroup(child.pid, name) };
    },
    endLeftover: (taskId) => {
      const done = endLeftover(taskId).finally(() => running.delete(done));
      running.add(done);
    },
    idle: async () => {
      while (running.size > 0) await Promise.all([...running]);
    },
  };
}
