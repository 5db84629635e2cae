/**
 * Which of two claims on a run came later.
 *
 * @module
 */

import assert from "node:assert/strict";
import { isLaterClaim } from "../../../schemas/prefect1/claim_key.ts";

/** Each is later than the one before. */
const IN_ORDER = ["v1", "r3:a@2", "r3:a@5", "r3:a@5,b@11", "v5", "r5:a@2", "v12"];

Deno.test("isLaterClaim: given claims in the order of their making, when compared, then only later ones are later", () => {
  IN_ORDER.forEach((one, at) =>
    IN_ORDER.forEach((other, than) =>
      assert.equal(isLaterClaim(one, other), at > than, `${one} than ${other}`)
    )
  );
});
