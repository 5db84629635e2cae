/**
 * The page on a recording, served by `inspect FILE`.
 *
 * @module
 */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { startProcess, until } from "../support/process.ts";
import { chromiumPath, startChromium } from "./chromium.ts";
import { recordedText, REFUSAL } from "./recorded.ts";

interface Inspecting extends AsyncDisposable {
  readonly url: string;
}

/** Starts `inspect FILE` at an address and reads the one that it prints. */
async function startInspect(file: string, listen: string): Promise<Inspecting> {
  const main = fileURLToPath(new URL("../../../main.ts", import.meta.url));
  const permissions = ["--allow-net=127.0.0.1,0.0.0.0", "--allow-env", "--allow-read", "--allow-sys"];
  const { output, signal, exited } = startProcess(
    Deno.execPath(),
    ["run", ...permissions, main, "inspect", file, "--listen", listen],
    { ...Deno.env.toObject(), NO_COLOR: "1" },
  );
  const url = await until(() => /(http:\S+)\s/.exec(output())?.[1], output);
  return {
    url,
    [Symbol.asyncDispose]: async () => {
      signal("SIGTERM");
      await exited;
    },
  };
}

const ACTIVE = "document.querySelector('[data-active=\"true\"]')?.dataset.state";

Deno.test({
  name:
    "recording: given one that was cut off in the middle of a line, when it is inspected, then its runs are there to be stepped through",
  ignore: chromiumPath() === null,
  async fn() {
    const file = await Deno.makeTempFile({ suffix: ".jsonl" });
    const whole = await recordedText();
    await Deno.writeTextFile(file, `${whole}{"type":"@xstate.eve`);
    await using inspecting = await startInspect(file, "127.0.0.1:0");
    await using browser = await startChromium();
    const { tab } = browser;
    await tab.resize({ width: 1280, height: 800 });

    await tab.goto(inspecting.url);
    await tab.until("document.querySelectorAll('.run').length === 2", "both runs");
    const note = await tab.evaluate<string>("document.querySelector('.notice')?.innerText ?? ''");
    await tab.screenshot("recording_overview");
    await tab.click("#run-refused a");
    await tab.until(`${ACTIVE} === "failed"`, "the end of the refused run");
    const reason = await tab.evaluate<string>("document.querySelector('.reason.bad').innerText");
    await tab.goto(`${inspecting.url}#/run/launched?step=1`);
    await tab.until(
      `document.querySelector('.step.current')?.dataset.step === "1"`,
      "step 1 of the launched run",
    );
    const lit = await tab.evaluate<string>(ACTIVE);
    await tab.screenshot("recording_step");

    assert.match(note, /breaks off.*could not be read/);
    assert.ok(reason.includes(REFUSAL), reason);
    assert.equal(lit, "planning");
    assert.equal(await tab.evaluate("document.querySelector('.source').innerText"), "recording");
    assert.deepEqual(tab.faults, []);
    await Deno.remove(file);
  },
});

Deno.test({
  name:
    "recording: given an address that others can reach, when the page is opened with its token and without, then only the token shows it",
  ignore: chromiumPath() === null,
  async fn() {
    const file = await Deno.makeTempFile({ suffix: ".jsonl" });
    await Deno.writeTextFile(file, await recordedText());
    await using inspecting = await startInspect(file, "0.0.0.0:0");
    await using browser = await startChromium();
    const { tab } = browser;
    const bare = new URL(inspecting.url);
    bare.search = "";

    await tab.goto(bare.href);
    const refused = await tab.evaluate<string>("document.body.innerText");
    await tab.goto(inspecting.url);
    await tab.until("document.querySelectorAll('.run').length === 2", "both runs");
    await tab.click("#run-refused a");
    await tab.until(`${ACTIVE} === "failed"`, "chart and detail, both behind the token");
    // The cookie of the first visit is enough from now on.
    await tab.goto(`${bare.href}#/run/launched`);
    await tab.until(`${ACTIVE} === "watching"`, "the run without the token in the address");

    assert.match(refused, /token/i);
    await Deno.remove(file);
  },
});
