/**
 * `demo`: about 20 flow runs from start to end, with no account, no Docker and no Python.
 *
 * @module
 */

import { systemClock } from "../actors/time/system_clock.ts";
import { toFailure } from "../schemas/failure/failure.ts";
import { INTERRUPTED, interruptible } from "./wiring/interruption.ts";
import type { Io } from "./wiring/io.ts";
import { refuseStandalone } from "./sandbox.ts";

const USAGE = `Usage: deno task demo

Starts a sandbox (a Prefect 1 API and a local ECS on 127.0.0.1) and an agent, registers five flows, schedules about 20
runs, shows them moving and prints what each run cost. Ends by itself; exit code 0 when every run ended as it should.`;

/** Prints the table over the one before. */
function redraw(io: Io): (lines: readonly string[]) => void {
  let height = 0;
  return (lines) => {
    const up = height === 0 ? "" : `\x1b[${height}A\x1b[J`;
    height = lines.length;
    lines.forEach((line, at) => io.write(at === 0 ? up + line : line));
  };
}

/** Whether the table can be redrawn in place: 22 lines that do not wrap. */
function hasRoom(io: Io): boolean {
  if (!io.isTerminal) return false;
  try {
    const { columns, rows } = Deno.consoleSize();
    return columns >= 82 && rows >= 24;
  } catch {
    return false;
  }
}

async function makeView(io: Io) {
  const { liveTable, movements } = await import("../sandbox/demo/view.ts");
  const draw = redraw(io);
  const isLive = hasRoom(io);
  let before: Parameters<typeof movements>[0] = [];
  return (runs: typeof before, elapsedMs: number) => {
    if (isLive) draw(liveTable(runs, elapsedMs));
    else movements(before, runs, systemClock.now() - elapsedMs).forEach(io.write);
    before = runs;
  };
}

function whereToLook(folder: string, agentLog: string): readonly string[] {
  return [
    "",
    "Where to look further:",
    `  what the agent printed:        ${agentLog}`,
    `  the API with all these runs:   deno task sandbox --data ${folder}`,
    "  run your own flows this way:   deno task sandbox --help",
    "  what the agent would send:     deno task agent explain --help",
  ];
}

/** An address on loopback that nobody listens at. */
function freeAddress(): string {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return `127.0.0.1:${listener.addr.port}`;
}

async function play(io: Io): Promise<number> {
  const { playDemo } = await import("../sandbox/demo/demo.ts");
  const { introduction, summary } = await import("../sandbox/demo/view.ts");
  // Loopback is never reached through a proxy, whatever the environment says.
  Deno.env.set("NO_PROXY", "127.0.0.1,localhost");
  const folder = await Deno.makeTempDir({ prefix: "prefect-ecs-demo-" });
  const inspect = freeAddress();
  introduction().forEach(io.write);
  io.write(`Watch it in a browser, while it lasts: http://${inspect}/`);
  const result = await playDemo({
    folder,
    deno: Deno.execPath(),
    env: io.env,
    clock: systemClock,
    random: Math.random,
    inspect,
    signal: io.signal,
    onLook: await makeView(io),
    log: () => {},
  });
  for (const line of summary(result.runs, result.costs)) io.write(line);
  for (const line of whereToLook(folder, result.agentLog)) io.write(line);
  if (io.signal.aborted) return INTERRUPTED;
  io.write("");
  io.write(result.trouble ?? `All ${result.runs.length} runs ended as they should`);
  return result.trouble === null ? 0 : 1;
}

/** Plays the demo. @returns the exit code: 0 only when every run ended as it should, 2 for a wrong command line */
export async function runDemo(args: readonly string[], io: Io): Promise<number> {
  const [first] = args;
  if (first === "--help" || first === "-h") {
    io.write(USAGE);
    return 0;
  }
  if (first !== undefined) {
    io.writeError(`Cannot read the command line: demo takes no arguments, but got ${first}`);
    io.writeError(USAGE);
    return 2;
  }
  try {
    refuseStandalone("demo", Deno.build.standalone);
    return await interruptible(io, play);
  } catch (thrown) {
    const failure = toFailure(thrown);
    io.writeError(failure.message);
    return failure.tag === "usage" ? 2 : 1;
  }
}
