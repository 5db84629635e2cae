/** The fake platform passes the suite of platforms, as a newcomer would. @module */

import { type FakePlan, fakePlan, fakePlatform } from "./fake_platform.ts";
import { testPlatform } from "../test_platform.ts";

testPlatform<FakePlan>("fake", () => {
  const { platform, tasks, pass } = fakePlatform();
  return Promise.resolve({
    platform,
    plan: (_, behaviour) => fakePlan(behaviour),
    badPlan: () => fakePlan("bad"),
    started: () => tasks.size,
    registered: () => 0,
    pass: () => {
      pass();
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  });
});
