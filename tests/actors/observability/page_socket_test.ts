import assert from "node:assert/strict";
import { type OpenSocket, pageSocket, type WireSocket } from "../../../actors/observability/page_socket.ts";
import { BOUNDS } from "../../../schemas/bounds/bounds.ts";

/** A socket whose other side takes nothing. */
function connected() {
  const sent: string[] = [];
  const closed: (number | undefined)[] = [];
  const heard: string[] = [];
  const clock = { ms: 0, now: () => clock.ms };
  let open: OpenSocket | null = null;
  let ends = 0;
  const wire = {
    bufferedAmount: 0,
    readyState: WebSocket.OPEN as number,
    send: (text: string) => {
      sent.push(text);
      wire.bufferedAmount += text.length;
    },
    close: (code?: number) => {
      closed.push(code);
      wire.readyState = WebSocket.CLOSING;
    },
  } as unknown as WireSocket & { bufferedAmount: number; readyState: number };
  pageSocket(wire, {
    listen: (socket) => {
      open = socket;
      return { receive: (text) => void heard.push(text), close: () => void ends++ };
    },
    clock,
    onClose: () => undefined,
  });
  wire.onopen?.call(wire as WebSocket, new Event("open"));
  const say = (data: unknown) =>
    wire.onmessage?.call(wire as WebSocket, new MessageEvent("message", { data }));
  return {
    sent,
    closed,
    heard,
    clock,
    say,
    wire,
    ends: () => ends,
    send: (text: string) => open?.send(text),
  };
}

Deno.test("pageSocket: given a page that takes nothing, when it is told more and more, then it is closed and what waits stays within the bound", () => {
  const { send, sent, closed, wire, ends } = connected();
  const text = "x".repeat(1024 * 1024);

  for (let i = 0; i < 200; i++) send(text);

  assert.deepEqual([closed, ends()], [[1008], 1]);
  assert.ok(wire.bufferedAmount <= BOUNDS.pageWaiting.most + text.length, `${sent.length} were sent`);
});

Deno.test("pageSocket: given more messages than a second may bring, when they come, then the rest is not heard and it is closed", () => {
  const { say, heard, closed, clock } = connected();
  const { most } = BOUNDS.pageMessages;

  for (let i = 0; i < most; i++) say("watch");
  clock.ms = 1000;
  for (let i = 0; i < most + 50; i++) say("watch");

  assert.deepEqual([heard.length, closed], [2 * most, [1008]]);
});

for (const data of ["x".repeat(BOUNDS.pageMessage.most + 1), new ArrayBuffer(8)]) {
  Deno.test(`pageSocket: given ${typeof data} that no page sends, when it comes, then it is not heard and it is closed`, () => {
    const { say, heard, closed } = connected();

    say(data);
    say("watch");

    assert.deepEqual([heard, closed], [[], [1009]]);
  });
}
