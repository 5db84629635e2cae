/**
 * The sandbox's API as a process of its own, for tests that kill it.
 * Usage: deno run api_process.ts FOLDER API_KEY; prints its URL.
 *
 * @module
 */

import { startApi } from "../../../sandbox/prefect1/server.ts";

const [dataDir = "", apiKey = ""] = Deno.args;
const api = await startApi({ port: 0, random: Math.random, dataDir, apiKey, log: () => {} });
await Deno.stdout.write(new TextEncoder().encode(`${api.url}\n`));
