/**
 * The other side of the benchmark, in a process of its own: a Prefect API with a queue of due runs, and an ECS that accepts
 * tasks or a Kubernetes that runs Jobs, all as slow as asked. Counts calls and notes when each run's task was accepted.
 *
 * @module
 */

import { standardOutput } from "../../actors/output/output.ts";
import { FakeAws } from "./aws.ts";
import { FakeKubernetes } from "./kubernetes.ts";
import { FakePrefect1 } from "./prefect1.ts";
import { FakePrefect3 } from "./prefect3.ts";
import type { FakeOptions, FakeStats } from "./shared.ts";

const options: FakeOptions = JSON.parse(Deno.args[0] ?? "{}");
const api = options.generation === 3 ? new FakePrefect3(options) : new FakePrefect1(options);
const reports = { begin: (run: string) => api.begin(run), end: (run: string) => api.end(run) };
const platform = options.kubernetes === undefined
  ? new FakeAws(options, reports.begin)
  : new FakeKubernetes(options, reports);
/** Jobs that end are the agent's to delete. */
const areDeleted = options.kubernetes !== undefined && options.kubernetes.endsAfterMs !== null;

function stats(): FakeStats {
  const { launched, ...seen } = platform.stats();
  const { told, ...asked } = api.stats();
  const isLaunched = launched + asked.failed >= options.runs && told >= options.runs;
  const isDone = isLaunched && (!areDeleted || seen.deleted >= launched);
  return { ...seen, ...asked, done: isDone };
}

function release(): string {
  platform.release();
  api.release();
  return "released";
}

function isPlatform(request: Request, pathname: string): boolean {
  if (options.kubernetes !== undefined) return /^\/apis?\/(?:batch\/)?v1\//.test(pathname);
  const form = request.headers.get("content-type")?.startsWith("application/x-www-form-urlencoded") ?? false;
  return form || request.headers.has("x-amz-target");
}

const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => undefined }, async (request) => {
  const { pathname } = new URL(request.url);
  if (pathname === "/stats") return Response.json(stats());
  if (pathname === "/polled") return new Response(await api.polled().then(() => "polled"));
  if (pathname === "/release") return new Response(release());
  return await (isPlatform(request, pathname) ? platform.answer(request) : api.answer(request));
});
standardOutput.line(String(server.addr.port));
