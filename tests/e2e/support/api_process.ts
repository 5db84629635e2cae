/**
 * The sandbox's API as a process of its own, for tests that kill it.
 * Usage: deno run api_process.ts FOLDER; prints its URL.
 *
 * @module
 */

import { startApi } from "../../../sandbox/prefect1/server.ts";

const [dataDir = ""] = Deno.args;
const api = await startApi({ port: 0, random: Math.random, dataDir, log: () => {} });
await Deno.stdout.write(new TextEncoder().encode(`${api.url}\n`));
