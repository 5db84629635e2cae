/**
 * Tests of the page with a fake server and a browser of their own.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type Browser, chromiumPath, startChromium, type Tab } from "./chromium.ts";
import { type FakeInspector, type FakeOptions, startFakeInspector } from "./fake_inspector.ts";

/** What a test acts on: the page is open, 1280 pixels wide. */
export interface Scene {
  readonly server: FakeInspector;
  readonly browser: Browser;
  readonly tab: Tab;
}

/** A test with a server and a browser of its own; nothing may go wrong in the page unless the test says so. */
export function scene(name: string, options: FakeOptions, act: (scene: Scene) => Promise<void>): void {
  Deno.test({
    name: `page: ${name}`,
    ignore: chromiumPath() === null,
    async fn() {
      await using server = startFakeInspector(options);
      await using browser = await startChromium();
      const { tab } = browser;
      await tab.resize({ width: 1280, height: 800 });
      await tab.goto(server.url);
      await act({ server, browser, tab });
      const strangers = tab.requests.filter((url) => new URL(url).host !== new URL(server.url).host)
        .filter((url) => !/^(data|about|chrome):/.test(url));
      assert.deepEqual(strangers, [], "the page asked another host");
    },
  });
}
