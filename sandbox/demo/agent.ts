/**
 * The agent of the demo: a process of its own, started as a user starts it.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { systemClock } from "../../actors/time/system_clock.ts";

/** What the agent is started with. */
export interface DemoAgentOptions {
  /** Path of this very Deno. */
  readonly deno: string;
  /** Its command line, such as `ecs start`. */
  readonly words: readonly string[];
  /** Variables that point it at the sandbox. */
  readonly variables: Readonly<Record<string, string>>;
  /** Environment of the demo; the agent gets nothing of it but `PATH`, places and languages. */
  readonly env: Readonly<Record<string, string>>;
  /** File for what it prints. */
  readonly logFile: string;
}

/** A running agent. */
export interface DemoAgent {
  /** Resolves with the exit code. */
  readonly exited: Promise<number>;
  /** Address of the inspector's page, with its token; null: it ended before it served one. */
  readonly page: Promise<string | null>;
  /** Asks it to end; after 5 s it has no choice. */
  readonly stop: () => Promise<void>;
}

const KEPT = ["PATH", "HOME", "DENO_DIR", "XDG_CACHE_HOME", "TMPDIR", "LANG", "LC_ALL", "TZ", "SYSTEMROOT"];
const PERMISSIONS = ["--allow-net", "--allow-env", "--allow-read", "--allow-sys=osRelease,homedir"];
const PATIENCE_MS = 5000;

/** The words after `deno` with which an agent is started. @param words its own, such as `ecs start` */
export function agentWords(words: readonly string[]): readonly string[] {
  const main = fileURLToPath(new URL("../../main.ts", import.meta.url));
  return [
    "run",
    "--quiet",
    "--no-prompt",
    ...PERMISSIONS,
    main,
    ...words,
    "--inspect=127.0.0.1:0",
  ];
}

function signal(child: Deno.ChildProcess, name: "SIGTERM" | "SIGKILL"): void {
  try {
    child.kill(name);
  } catch {
    // It has ended already.
  }
}

async function keepOutput(
  child: Deno.ChildProcess,
  logFile: string,
  onText: (text: string) => void,
): Promise<void> {
  using file = await Deno.open(logFile, { write: true, create: true, append: true, mode: 0o600 });
  const copy = async (pipe: ReadableStream<Uint8Array>, hear: (text: string) => void) => {
    const decoder = new TextDecoder();
    for await (const chunk of pipe) {
      await file.write(chunk);
      hear(decoder.decode(chunk, { stream: true }));
    }
  };
  await Promise.all([copy(child.stdout, onText), copy(child.stderr, () => undefined)]);
}

/** Finds the address of the page in what the agent prints. */
function pageAddress(): {
  readonly page: Promise<string | null>;
  readonly hear: (text: string | null) => void;
} {
  const { promise: page, resolve } = Promise.withResolvers<string | null>();
  let text: string | null = "";
  const hear = (more: string | null): void => {
    if (text === null) return;
    const url = /^Inspector: (\S+)\s/m.exec(text += more ?? "\n")?.[1];
    if (url === undefined && more !== null) return;
    resolve(url ?? null);
    text = null;
  };
  return { page, hear };
}

/** Starts the agent. */
export function startDemoAgent({ deno, words, variables, env, logFile }: DemoAgentOptions): DemoAgent {
  const kept = KEPT.flatMap((name) => {
    const value = env[name];
    return value === undefined ? [] : [[name, value]];
  });
  const child = new Deno.Command(deno, {
    args: [...agentWords(words)],
    cwd: fileURLToPath(new URL("../..", import.meta.url)),
    clearEnv: true,
    env: { ...Object.fromEntries(kept), ...variables },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const { page, hear } = pageAddress();
  const copied = keepOutput(child, logFile, hear);
  const exited = child.status.then(async ({ code }) => {
    await copied;
    hear(null);
    return code;
  });
  const stop = async () => {
    signal(child, "SIGTERM");
    const forget = systemClock.after(PATIENCE_MS, () => signal(child, "SIGKILL"));
    await exited;
    forget();
  };
  return { exited, page, stop };
}
