/** ECS in two accounts passes the suite of platforms, whichever of them the tasks are in and whatever the other one does. @module */

import { makeAccounts } from "../../../actors/ecs/accounts.ts";
import type { EcsCalls } from "../../../actors/ecs/calls.ts";
import type { AccountPlan } from "../../../schemas/ecs/account/account_plan.ts";
import type { LaunchPlan } from "../../../schemas/ecs/launch_plan.ts";
import { FailureError } from "../../../schemas/failure/failure.ts";
import type { Clock } from "../../../schemas/time/clock.ts";
import { localAccount } from "../../sandbox/support/local_account.ts";
import { ecsPlatform, ecsWorld } from "../../support/ecs_platform_world.ts";
import { callsOf, playerOf } from "../../support/aws/ecs_in_memory.ts";
import { type PlatformWorld, testPlatform } from "../../support/test_platform.ts";

const OTHER: AccountPlan = {
  key: "0123456789abcdef",
  from: "block aws-credentials/other",
  region: null,
  keys: null,
  profile: null,
  role: null,
  endpoint: null,
  verify: true,
};

/** How an account behaves that is not the one under test. */
const REFUSING = () => Promise.reject(new FailureError({ tag: "credentials", message: "expired" }));
const SILENT = () => new Promise<never>(() => undefined);

function callsThat(answer: () => Promise<never>): EcsCalls {
  return {
    describeTaskDefinition: answer,
    registerTaskDefinition: answer,
    deregisterTaskDefinition: answer,
    runTask: answer,
    describeTasks: answer,
    listTasks: answer,
    stopTask: answer,
    findDefinitionsByTag: answer,
  };
}

/** Each look is also at a task of the account that is in trouble. */
function worldOf(tested: "own" | "other", trouble: () => Promise<never>): PlatformWorld<LaunchPlan> {
  const account = localAccount();
  const { clock } = account;
  const good = ecsWorld(callsOf(account), clock);
  const bad = ecsPlatform(callsThat(trouble), clock);
  const accounts = accountsOf(tested === "own" ? [good.platform, bad] : [bad, good.platform], clock);
  const planIn = (isOther: boolean, plan: LaunchPlan) => isOther ? { ...plan, account: OTHER } : plan;
  const inTested = (plan: LaunchPlan) => planIn(tested === "other", plan);
  const troubled = planIn(tested === "own", good.plan("troubled", "waits"));
  const lost = {
    id: "arn:aws:ecs:eu-west-1:1:task/default/lost",
    place: accounts.place(troubled, "troubled"),
  };
  const playContainers = playerOf(account);
  return {
    ...good,
    platform: { ...accounts, look: (tasks, signal) => accounts.look([lost, ...tasks], signal) },
    plan: (runId, behaviour) => inTested(good.plan(runId, behaviour)),
    badPlan: (runId) => inTested(good.badPlan(runId)),
    pass: async () => {
      await clock.advance(100);
      playContainers();
    },
    close: () => Promise.resolve(),
  };
}

type EcsPlatform = PlatformWorld<LaunchPlan>["platform"];

function accountsOf([own, other]: readonly [EcsPlatform, EcsPlatform], clock: Clock): EcsPlatform {
  const read = () => Promise.reject(new Error("nothing is read here"));
  const { platform } = makeAccounts({
    clock,
    log: () => undefined,
    own: { platform: own, read },
    open: () => Promise.resolve({ platform: other, read, close: () => undefined }),
  });
  return platform;
}

for (const tested of ["own", "other"] as const) {
  for (const [what, trouble] of [["refuses", REFUSING], ["is silent", SILENT]] as const) {
    const name = tested === "own" ? "its own account, while another" : "another account, while its own";
    testPlatform(`ECS in ${name} ${what}`, () => Promise.resolve(worldOf(tested, trouble)));
  }
}
