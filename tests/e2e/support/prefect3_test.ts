/**
 * Tests with a real Prefect 3 server; where the package is missing they are ignored and say so.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type Prefect3Site, type SiteOptions, withPrefect3Site } from "./prefect3_site.ts";

const isAnnounced = new Set<string>();

/** A test against the version that a variable names. */
export interface Prefect3Test extends SiteOptions {
  /** Variable that names the Python. @default PREFECT3_PYTHON */
  readonly variable?: string;
  readonly name: string;
  readonly work: (site: Prefect3Site) => Promise<unknown>;
}

/** Names of the states that runs went through, by what the test calls them. */
export type Recording = Readonly<Record<string, readonly string[]>>;

/** A test whose runs go the same way on every server. */
export interface RecordedTest extends Omit<Prefect3Test, "kind" | "variable" | "work"> {
  readonly work: (site: Prefect3Site) => Promise<Recording>;
}

/** States that a run has, or not, by how fast worker and server are, and by the moment at which a worker is killed. */
const BY_CHANCE: ReadonlySet<string> = new Set([
  "Late",
  "Submitting",
  "Resubmitting",
  "InfrastructurePending",
]);

/** Registers a test against the real server and the same against the sandbox's, and one that compares the ways of the runs. */
export function prefect3Tests({ work, ...test }: RecordedTest): void {
  const recorded: Recording[] = [];
  const recording = async (site: Prefect3Site) => {
    const ways = Object.entries(await work(site)).map(([name, states]): [string, readonly string[]] => [
      name,
      states.filter((state) => !BY_CHANCE.has(state)),
    ]);
    recorded.push(Object.fromEntries(ways));
  };
  const named = (server: string) => test.name.replace(/^worker:/, `worker, ${server}:`);
  prefect3Test({ ...test, work: recording, name: named("real server") });
  prefect3Test({ ...test, work: recording, kind: "embedded", name: named("the sandbox's server") });
  Deno.test({
    name: `${named("both servers")}, in the same states on both`,
    ignore: !Deno.env.get("PREFECT3_PYTHON"),
    fn: () => {
      const [real, embedded] = recorded;

      assert.ok(real !== undefined && embedded !== undefined, "both servers have to be played first");
      assert.deepEqual(embedded, real);
    },
  });
}

/** Registers the test. */
export function prefect3Test({ variable = "PREFECT3_PYTHON", name, work, ...options }: Prefect3Test): void {
  const python = Deno.env.get(variable) || undefined;
  if (python !== undefined) return Deno.test(name, () => withPrefect3Site(python, work, options));
  const missing = `${variable} does not name a Python with Prefect 3`;
  if (!isAnnounced.has(variable)) {
    isAnnounced.add(variable);
    Deno.stderr.writeSync(
      new TextEncoder().encode(`${missing}: the tests with the real server are ignored\n`),
    );
  }
  Deno.test({ name: `${name} (ignored: ${missing})`, ignore: true, fn: () => {} });
}
