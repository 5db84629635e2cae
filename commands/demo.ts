/**
 * `demo`: about 20 flow runs from start to end, with no account, no Docker and no Python.
 *
 * @module
 */

import { systemClock } from "../actors/time/system_clock.ts";
import type { DemoSettings } from "./cli/demo_options.ts";
import { aborted, INTERRUPTED } from "./wiring/interruption.ts";
import type { Io } from "./wiring/io.ts";
import { systemPorts } from "./wiring/system_ports.ts";

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
  const isLive = hasRoom(io);
  let before: Parameters<typeof movements>[0] = [];
  return (runs: typeof before, elapsedMs: number) => {
    if (isLive) io.shown.redraw(liveTable(runs, elapsedMs));
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

/** A demo whose runs have ended, and whose page and API are still there. */
interface Played {
  readonly runs: readonly unknown[];
  readonly trouble: string | null;
  readonly page: string | null;
  readonly apiUrl: string;
}

/** Prints how it ended, and keeps page and API up where that was asked for. */
async function stayUp(
  { runs, trouble, page, apiUrl }: Played,
  { stay }: DemoSettings,
  io: Io,
): Promise<void> {
  if (io.signal.aborted) return;
  io.write("");
  io.write(trouble ?? `All ${runs.length} runs ended as they should`);
  if (stay && page !== null) {
    io.write(`The API stays at ${apiUrl}`);
    // The address holds the token that the page asks for.
    io.shown.line(`The page stays at ${page} until you press Ctrl-C`);
    await aborted(io.signal);
  } else if (io.isTerminal && !stay) {
    io.write("The page is closed now; deno task demo --stay keeps page and API open until you press Ctrl-C");
  }
}

/**
 * Plays the demo: a sandbox and an agent, five flows, about 20 flow runs, and what each of them cost.
 *
 * @returns the exit code: 0 when every run ended as it should, 1 when one did not, 130 when a signal ended the demo before
 * all runs had ended
 */
export async function runDemo(settings: DemoSettings, io: Io): Promise<number> {
  const { playDemo } = await import("../sandbox/demo/demo.ts");
  const { introduction, summary } = await import("../sandbox/demo/view.ts");
  // Requests to loopback must not go through a proxy, whatever the environment says.
  Deno.env.set("NO_PROXY", "127.0.0.1,localhost");
  const folder = await Deno.makeTempDir({ prefix: "prefect-ecs-demo-" });
  introduction().forEach(io.write);
  let wasInterrupted = false;
  const result = await playDemo({
    folder,
    deno: Deno.execPath(),
    env: io.env,
    ...systemPorts,
    // The address holds the token that the page asks for.
    onPage: (url) =>
      io.shown.line(
        `Watch it in a browser, ${settings.stay ? "until you press Ctrl-C" : "while it lasts"}: ${url}`,
      ),
    signal: io.signal,
    onLook: await makeView(io),
    stay: async (played) => {
      wasInterrupted = io.signal.aborted;
      const { runs, costs, agentLog } = played;
      for (const line of [...summary(runs, costs), ...whereToLook(folder, agentLog)]) io.write(line);
      await stayUp(played, settings, io);
    },
    log: () => {},
  });
  if (wasInterrupted) return INTERRUPTED;
  return result.trouble === null ? 0 : 1;
}
