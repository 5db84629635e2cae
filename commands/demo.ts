/**
 * `demo`: flow runs of Prefect 1 and of Prefect 3 from start to end, with no account, no Docker and no Python.
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

type Runs = Parameters<typeof import("../sandbox/demo/view.ts").liveTable>[0];

async function makeView(io: Io) {
  const { liveTable, movements } = await import("../sandbox/demo/view.ts");
  const isLive = hasRoom(io);
  let before: Runs = [];
  return {
    begin: () => void (before = []),
    look: (runs: Runs, elapsedMs: number) => {
      if (isLive) io.shown.redraw(liveTable(runs, elapsedMs));
      else movements(before, runs, systemClock.now() - elapsedMs).forEach(io.write);
      before = runs;
    },
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
    "",
  ];
}

/** A part whose runs have ended, and whose page and API are still there. */
interface Played {
  readonly runs: readonly unknown[];
  readonly trouble: string | null;
  readonly page: string | null;
  readonly apiUrl: string;
}

/** Keeps pages and APIs up where that was asked for. */
async function stayUp(all: readonly Played[], { stay }: DemoSettings, io: Io): Promise<void> {
  if (io.signal.aborted) return;
  const shown = all.filter(({ page }) => page !== null);
  if (stay && shown.length > 0) {
    for (const { page, apiUrl } of shown) {
      io.write(`The API stays at ${apiUrl}`);
      // The address holds the token that the page asks for.
      io.shown.line(`The page stays at ${page} until you press Ctrl-C`);
    }
    await aborted(io.signal);
  } else if (io.isTerminal && !stay) {
    io.write("The page is closed now; deno task demo --stay keeps page and API open until you press Ctrl-C");
  }
}

/**
 * Plays the demo: a sandbox and, one after the other, an agent of Prefect 1 and a worker of Prefect 3 with 20 flow runs each,
 * or one part that is asked for, and what each run cost.
 *
 * @returns the exit code: 0 when every run ended as it should, 1 when one did not, 130 when a signal ended the demo before
 * all runs had ended
 */
export async function runDemo(settings: DemoSettings, io: Io): Promise<number> {
  const { demoParts, playDemo } = await import("../sandbox/demo/demo.ts");
  const { introduction, summary } = await import("../sandbox/demo/view.ts");
  // Requests to loopback must not go through a proxy, whatever the environment says.
  Deno.env.set("NO_PROXY", "127.0.0.1,localhost");
  const folder = await Deno.makeTempDir({ prefix: "prefect-ecs-demo-" });
  const view = await makeView(io);
  let wasInterrupted = false;
  const results = await playDemo({
    folder,
    parts: demoParts(settings.flavour),
    deno: Deno.execPath(),
    env: io.env,
    ...systemPorts,
    onPart: (part) => {
      view.begin();
      introduction(part).forEach(io.write);
    },
    // The address holds the token that the page asks for.
    onPage: (url) =>
      io.shown.line(
        `Watch it in a browser, ${settings.stay ? "until you press Ctrl-C" : "while it lasts"}: ${url}`,
      ),
    signal: io.signal,
    onLook: view.look,
    onPlayed: ({ runs, costs, agentLog, trouble }, { platform }) => {
      wasInterrupted ||= io.signal.aborted;
      for (const line of [...summary(runs, costs, platform), ...whereToLook(folder, agentLog)]) {
        io.write(line);
      }
      if (!io.signal.aborted) {
        io.write(trouble ?? `All ${runs.length} runs ended as they should`);
        io.write("");
      }
    },
    stay: (played) => stayUp(played, settings, io),
    log: () => {},
  });
  if (wasInterrupted) return INTERRUPTED;
  return results.every(({ trouble }) => trouble === null) ? 0 : 1;
}
