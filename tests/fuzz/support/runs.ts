/** How many cases a fuzz test runs, and from which seeds. @module */

/** Seeds: the same ones each time, then as many fresh ones as `FUZZ_RUNS` asks for. @default no fresh ones */
export function seedsOf(fixed: number): readonly number[] {
  const wanted = Number(Deno.env.get("FUZZ_RUNS") ?? "");
  const more = Number.isInteger(wanted) && wanted > 0 ? wanted : 0;
  const first = 1_000_000 + Math.floor(Math.random() * 1_000_000_000);
  return [...range(1, fixed), ...range(first, more)];
}

function range(first: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => first + i);
}

/** Runs the check for each seed; the message of a failure names the seed that replays it. */
export async function forSeeds(
  seeds: readonly number[],
  check: (seed: number) => Promise<readonly string[]> | readonly string[],
): Promise<void> {
  for (const seed of seeds) {
    const faults = await check(seed);
    if (faults.length === 0) continue;
    throw new Error(`seed ${seed} has ${faults.length} faults:\n${faults.slice(0, 5).join("\n")}`);
  }
}
