import assert from "node:assert/strict";
import { chosenProfile, readAwsProfiles } from "../../../actors/aws/profile.ts";
import { FailureError } from "../../../schemas/failure/failure.ts";

/** Files of the AWS tools as a team may have them; reading them needs a folder that exists. */
const FIXTURES = new URL("../../support/aws/", import.meta.url).pathname;
const FILES = { AWS_CONFIG_FILE: `${FIXTURES}config`, AWS_SHARED_CREDENTIALS_FILE: `${FIXTURES}credentials` };

Deno.test("AWS profiles: given no variable, when read, then the default profile of both files merged counts", async () => {
  const profiles = await readAwsProfiles(FILES);

  assert.equal(profiles.name, "default");
  assert.deepEqual(chosenProfile(profiles), {
    region: "eu-central-1",
    aws_access_key_id: "AKIADEFAULT000000000",
    aws_secret_access_key: "not-a-secret",
  });
});

Deno.test("AWS profiles: given both variables, when read, then AWS_PROFILE wins over AWS_DEFAULT_PROFILE", async () => {
  const one = await readAwsProfiles({ ...FILES, AWS_DEFAULT_PROFILE: "prod" });
  const other = await readAwsProfiles({ ...FILES, AWS_DEFAULT_PROFILE: "prod", AWS_PROFILE: "vault" });

  assert.equal(chosenProfile(one)["region"], "ap-south-1");
  assert.equal(chosenProfile(other)["region"], "us-west-2");
});

Deno.test("AWS profiles: given a name that no file has, when read, then the failure lists the names there are", async () => {
  await assert.rejects(readAwsProfiles({ ...FILES, AWS_PROFILE: "prdo" }), (error: unknown) => {
    assert.ok(error instanceof FailureError && error.failure.tag === "credentials");
    assert.match(
      error.message,
      /^Cannot use the AWS profile prdo: .*known profiles: .*default.*; correct AWS_PROFILE/,
    );
    assert.match(error.message, /prod/);
    return true;
  });
});

Deno.test("AWS profiles: given no files, when read, then the default profile is empty, and a name is refused", async () => {
  const nowhere = { HOME: "/nowhere" };

  assert.deepEqual(chosenProfile(await readAwsProfiles(nowhere)), {});
  await assert.rejects(
    readAwsProfiles({ ...nowhere, AWS_PROFILE: "prod" }),
    /the shared files name no profile/,
  );
});

Deno.test("AWS profiles: given a home folder, when read, then the files are looked for below it", async () => {
  const byHome = await readAwsProfiles({ HOME: "/home/me" });
  const byWindows = await readAwsProfiles({ USERPROFILE: "C:/me" });
  const byTilde = await readAwsProfiles({ HOME: "/home/me", AWS_CONFIG_FILE: "~/team/config" });

  assert.deepEqual(byHome.files, {
    filepath: "/home/me/.aws/credentials",
    configFilepath: "/home/me/.aws/config",
  });
  assert.equal(byWindows.files.configFilepath, "C:/me/.aws/config");
  assert.equal(byTilde.files.configFilepath, "/home/me/team/config");
});
