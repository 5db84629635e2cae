import { makeRedactor } from "../../schemas/secrets/redact.ts";
import { openFlavour } from "../../commands/wiring/flavours.ts";
import { parseCommandLine } from "../../commands/cli/command_line.ts";
import { FailureError } from "../../schemas/failure/failure.ts";
import { fakeClock } from "../support/clock.ts";
import { hostileWords, TYPED_SECRET, type Words } from "./support/hostile_words.ts";
import { pollution, textFaults } from "./support/oracle.ts";
import { forSeeds, seedsOf } from "./support/runs.ts";
import { seeded } from "./support/seeded.ts";

/** The texts that a start prints before anything is sent. */
async function opened({ argv, env, files }: Words): Promise<readonly string[]> {
  const command = parseCommandLine(argv);
  if (command.kind === "help") return [];
  if (command.kind !== "start" && command.kind !== "explain" && command.kind !== "validate") return [];
  const flavoured = command.kind === "validate" ? { ...command, flavour: "fargate" as const } : command;
  const readText = (path: string) => Object.entries(files).find(([name]) => path.endsWith(name))?.[1] ?? null;
  return await openFlavour(flavoured, { env, readText }, ({ warnings, notes, dialect, flavour, options }) => {
    dialect.requireCredential();
    const call = () => Promise.reject(new Error("nothing is sent"));
    dialect.orchestrator({
      call,
      clock: fakeClock(),
      random: () => 0.5,
      log: () => undefined,
      redact: makeRedactor(),
    });
    if (flavour.startSources(options).length === 0) flavour.prepare(options, {});
    return Promise.resolve([...command.warnings, ...warnings, ...notes]);
  });
}

/** Failures that a person can act on; everything else is a fault of the program. */
const TOLD: ReadonlySet<string> = new Set(["usage", "configuration", "unauthorized", "credentials"]);

async function startFaults(seed: number): Promise<readonly string[]> {
  const words = hostileWords(seeded(seed));
  try {
    return [...(await opened(words)).flatMap(secretFaults), ...pollution()];
  } catch (thrown) {
    const shown = JSON.stringify(words).slice(0, 800);
    if (!(thrown instanceof FailureError)) return [`${(thrown as Error).stack} ${shown}`];
    const { tag, message } = thrown.failure;
    const untold = TOLD.has(tag) ? [] : [`${tag}: ${message} ${shown}`];
    return [...untold, ...secretFaults(message), ...textFaults(message, "message"), ...pollution()];
  }
}

function secretFaults(text: string): readonly string[] {
  return text.includes(TYPED_SECRET)
    ? [`a message shows what was typed as a secret: ${text.slice(0, 600)}`]
    : [];
}

Deno.test("command line: given hostile words, variables and files, when read, then it starts or says why, and shows no secret", async () => {
  await forSeeds(seedsOf(6000), startFaults);
});
