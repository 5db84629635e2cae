/**
 * Loaded before the tests of `deno task test`: properties try the same values each time, so that whether CI passes does
 * not hang on luck. `FAST_CHECK_SEED=random` tries others, a number those of that seed; a failure prints its seed.
 *
 * @module
 */

import fc from "fast-check";

const asked = Deno.env.get("FAST_CHECK_SEED") || "1";
if (asked !== "random") fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(asked) });
