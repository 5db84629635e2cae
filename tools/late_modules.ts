/**
 * Names the files that are loaded late, see `commands/late.ts`. Nothing imports this file: `deno cache` for the image and
 * `deno compile` are given it beside `main.ts`, and take what it names.
 *
 * @module
 */

import "../commands/chained_setting.ts";
import "../commands/demo.ts";
import "../commands/explain.ts";
import "../commands/inspect.ts";
import "../commands/wiring/inspection.ts";
import "../commands/install.ts";
import "../commands/job_environment.ts";
import "../commands/machines.ts";
import "../commands/replay.ts";
import "../commands/sandbox.ts";
import "../commands/task_environment.ts";
import "../commands/trace.ts";
import "../commands/validate.ts";
import "../commands/wiring/ecs/agent.ts";
import "../commands/wiring/fargate/agent.ts";
import "../commands/wiring/kubernetes/agent.ts";
import "../commands/wiring/worker/agent.ts";
