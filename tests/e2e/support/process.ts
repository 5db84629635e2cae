/**
 * Processes of a test: their output gathered, ended by signals, waited for.
 *
 * @module
 */

import { join } from "node:path";

/** What the sandbox and the demo are started with, as in `deno task sandbox`. */
export const SANDBOX_PERMISSIONS: readonly string[] = [
  "--allow-net=127.0.0.1,localhost",
  "--allow-env",
  "--allow-read",
  "--allow-write",
  "--allow-run",
  "--allow-sys",
];

/** How long a test waits for something before it gives up. */
const PATIENCE_MS = 60_000;

/** A running process. */
export interface Process {
  readonly pid: number;
  /** What it printed so far, on both streams. */
  readonly output: () => string;
  /** Sends a signal; nothing happens where it has ended. */
  readonly signal: (name: "SIGTERM" | "SIGINT" | "SIGKILL") => void;
  /** Resolves with the exit code, 137 after SIGKILL. */
  readonly exited: Promise<number>;
}

/** Starts a command with this environment and nothing of the machine's own. */
export function startProcess(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Process {
  const child = new Deno.Command(command, {
    args: [...args],
    env: { ...env },
    clearEnv: true,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let output = "";
  const gather = async (stream: ReadableStream<Uint8Array>) => {
    for await (const chunk of stream.pipeThrough(new TextDecoderStream())) output += chunk;
  };
  const exited = Promise.all([child.status, gather(child.stdout), gather(child.stderr)])
    .then(([status]) => status.code);
  const signal = (name: Deno.Signal) => {
    try {
      child.kill(name);
    } catch {
      // It has ended already.
    }
  };
  return { pid: child.pid, output: () => output, signal, exited };
}

/** Looks again and again. @throws {Error} with `what` when nothing was found in time */
export async function until<Found>(
  look: () => Promise<Found | undefined> | Found | undefined,
  what: () => string,
  patienceMs: number = PATIENCE_MS,
): Promise<Found> {
  for (const end = performance.now() + patienceMs; performance.now() < end;) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`Gave up waiting: ${what()}`);
}

/** Deno's cache: an agent with a home of its own still finds its packages. */
export function denoDir(): string {
  return Deno.env.get("DENO_DIR") ??
    join(Deno.env.get("XDG_CACHE_HOME") ?? join(Deno.env.get("HOME") ?? "", ".cache"), "deno");
}
