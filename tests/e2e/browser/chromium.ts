/**
 * A real Chromium without a window, driven over its debugging protocol: no driver package is needed for what these tests do.
 *
 * @module
 */

import assert from "node:assert/strict";

/** One tab. */
export interface Tab {
  readonly goto: (url: string) => Promise<void>;
  /** Value of an expression in the page, promises awaited. */
  readonly evaluate: <T>(expression: string) => Promise<T>;
  /** Waits until an expression is true; fails with the page's text when it never is. */
  readonly until: (expression: string, what: string) => Promise<void>;
  /** Presses one key, named as in `KeyboardEvent.key`. */
  readonly press: (key: string) => Promise<void>;
  readonly type: (text: string) => Promise<void>;
  readonly click: (selector: string) => Promise<void>;
  readonly resize: (size: { width: number; height: number }) => Promise<void>;
  readonly dark: (wanted: "dark" | "light") => Promise<void>;
  /** Writes a picture below `tests/output/`. */
  readonly screenshot: (name: string) => Promise<void>;
  /** Addresses asked for since the tab opened. */
  readonly requests: readonly string[];
  /** Exceptions and errors of the console. */
  readonly faults: readonly string[];
}

/** A running browser with one tab. */
export interface Browser extends AsyncDisposable {
  readonly tab: Tab;
}

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--remote-debugging-port=0",
];

/** Path of Chromium, null where there is none. */
export function chromiumPath(): string | null {
  const path = Deno.env.get("CHROMIUM") ?? "/usr/bin/chromium";
  try {
    return Deno.statSync(path).isFile ? path : null;
  } catch {
    return null;
  }
}

type Answer = { readonly result: Record<string, unknown>; readonly error?: { readonly message: string } };

/** The debugging protocol: calls with answers, and events. */
class Wire {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #last = 0;

  constructor(socket: WebSocket, onEvent: (method: string, params: Record<string, unknown>) => void) {
    this.#socket = socket;
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      if (message.id === undefined) return onEvent(message.method, message.params);
      this.#waiting.get(message.id)?.(message);
      this.#waiting.delete(message.id);
    };
  }

  async call(method: string, params: object = {}): Promise<Record<string, unknown>> {
    const id = ++this.#last;
    const answer = new Promise<Answer>((resolve) => this.#waiting.set(id, resolve));
    this.#socket.send(JSON.stringify({ id, method, params }));
    const { result, error } = await answer;
    assert.equal(error, undefined, `${method}: ${error?.message}`);
    return result;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#socket.onclose = resolve);
    this.#socket.close();
    await closed;
  }
}

async function opened(url: string): Promise<WebSocket> {
  const socket = new WebSocket(url);
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = reject;
  });
  return socket;
}

/** The port that Chromium chose, from the first line it says about it. */
async function debuggingPort(stderr: ReadableStream<Uint8Array>): Promise<string> {
  let text = "";
  for await (const chunk of stderr.values({ preventCancel: true })) {
    text += new TextDecoder().decode(chunk);
    const port = /DevTools listening on ws:\/\/127\.0\.0\.1:(\d+)/.exec(text)?.[1];
    if (port !== undefined) return port;
  }
  throw new Error(`Chromium did not start: ${text.slice(-500)}`);
}

/** Starts a browser with a profile of its own, which is gone afterwards. */
export async function startChromium(): Promise<Browser> {
  const profile = await Deno.makeTempDir();
  const child = new Deno.Command(chromiumPath() ?? "chromium", {
    args: [...FLAGS, `--user-data-dir=${profile}`, "about:blank"],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const port = await debuggingPort(child.stderr);
  const drained = child.stderr.pipeTo(new WritableStream()).catch(() => {});
  const targets: { type: string; webSocketDebuggerUrl: string }[] = await (await fetch(
    `http://127.0.0.1:${port}/json/list`,
  )).json();
  const target = targets.find(({ type }) => type === "page");
  assert.ok(target !== undefined, "Chromium opened no tab");
  const requests: string[] = [];
  const faults: string[] = [];
  const wire = new Wire(await opened(target.webSocketDebuggerUrl), (method, params) => {
    keepEvent({ method, params, requests, faults });
  });
  for (const domain of ["Page", "Runtime", "Network", "Log"]) await wire.call(`${domain}.enable`);
  return {
    tab: { ...tabOf(wire), requests, faults },
    [Symbol.asyncDispose]: async () => {
      await wire.call("Browser.close").catch(() => {});
      await wire.close().catch(() => {});
      await child.status;
      await drained;
      await Deno.remove(profile, { recursive: true }).catch(() => {});
    },
  };
}

interface Heard {
  readonly method: string;
  readonly params: Record<string, unknown>;
  readonly requests: string[];
  readonly faults: string[];
}

// deno-lint-ignore no-explicit-any -- the debugging protocol, which is not typed here
type Loose = any;

function keepEvent({ method, params, requests, faults }: Heard): void {
  const loose = params as Loose;
  if (method === "Network.requestWillBeSent") requests.push(loose.request.url);
  if (method === "Network.webSocketCreated") requests.push(loose.url);
  if (method === "Runtime.exceptionThrown") {
    faults.push(loose.exceptionDetails.exception?.description ?? loose.exceptionDetails.text);
  }
  if (method === "Log.entryAdded" && loose.entry.level === "error") {
    faults.push(`${loose.entry.text} ${loose.entry.url ?? ""}`);
  }
}

/** Longest wait for anything in the page. */
const PATIENCE_MS = 20_000;

function tabOf(wire: Wire): Omit<Tab, "requests" | "faults"> {
  const evaluate = async <T>(expression: string): Promise<T> => {
    const answer = await wire.call("Runtime.evaluate", {
      expression,
      awaitPromise: true,
      returnByValue: true,
    }) as Loose;
    assert.equal(answer.exceptionDetails, undefined, answer.exceptionDetails?.exception?.description);
    return answer.result.value as T;
  };
  const until = async (expression: string, what: string): Promise<void> => {
    const end = Date.now() + PATIENCE_MS;
    while (!(await evaluate<boolean>(`Boolean(${expression})`))) {
      if (Date.now() > end) {
        assert.fail(
          `${what} was not seen; the page says: ${await evaluate("document.body.innerText.slice(0, 1500)")}`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  };
  return {
    evaluate,
    until,
    goto: async (url) => {
      await wire.call("Page.navigate", { url });
      await until(`document.readyState === "complete" && location.href !== "about:blank"`, url);
    },
    press: (key) => pressKey(wire, key),
    type: async (text) => void await wire.call("Input.insertText", { text }),
    click: async (selector) => {
      await until(`document.querySelector(${JSON.stringify(selector)})`, selector);
      await evaluate(`document.querySelector(${JSON.stringify(selector)}).click()`);
    },
    resize: async ({ width, height }) =>
      void await wire.call("Emulation.setDeviceMetricsOverride", {
        width,
        height,
        deviceScaleFactor: 1,
        mobile: false,
      }),
    dark: async (value) =>
      void await wire.call("Emulation.setEmulatedMedia", {
        features: [{ name: "prefers-color-scheme", value }],
      }),
    screenshot: (name) => screenshot(wire, name),
  };
}

async function pressKey(wire: Wire, key: string): Promise<void> {
  const text = key.length === 1 ? key : key === "Enter" ? "\r" : undefined;
  const code = key === "Enter" ? 13 : key === "Escape" ? 27 : 0;
  await wire.call("Input.dispatchKeyEvent", { type: "keyDown", key, text, windowsVirtualKeyCode: code });
  await wire.call("Input.dispatchKeyEvent", { type: "keyUp", key, windowsVirtualKeyCode: code });
}

async function screenshot(wire: Wire, name: string): Promise<void> {
  const { data } = await wire.call("Page.captureScreenshot", { format: "png" }) as { data: string };
  const folder = new URL("../../output/", import.meta.url);
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeFile(new URL(`${name}.png`, folder), Uint8Array.from(atob(data), (c) => c.charCodeAt(0)));
}
