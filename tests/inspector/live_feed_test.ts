import assert from "node:assert/strict";
import * as v from "valibot";
import { makeLiveFeed, type Resume } from "../../inspector/live_feed.ts";
import { makeNotes } from "../../inspector/feed/notes.ts";
import { type ServerMessage, serverMessageSchema } from "../../inspector/protocol/protocol.ts";
import { makeRunModel, takeNote } from "../../inspector/model/run_model.ts";
import { makeViews } from "../../inspector/views.ts";
import { makeRedactor } from "../../schemas/secrets/redact.ts";
import { inspectedAgent } from "../support/inspected_agent.ts";
import { SOME_PLATFORM } from "./support/platform_view.ts";

const FRESH: Resume = { session: null, since: null };

/** A feed over a running agent. */
function fed() {
  const model = makeRunModel();
  const clockOf = { now: () => 0 };
  const take = makeNotes({ now: () => clockOf.now() });
  const agent = inspectedAgent((event) => {
    const note = take(event);
    if (note !== null) takeNote(model, note);
  });
  clockOf.now = agent.clock.now;
  const views = makeViews(model, {
    redact: makeRedactor(),
    limiters: () => [],
    prefectUi: null,
    platform: SOME_PLATFORM,
  });
  const about = {
    name: "agent",
    source: "live",
    provider: "AWS",
    session: "s1",
    startedMs: 0,
    note: null,
  } as const;
  const feed = makeLiveFeed({ model, views, clock: agent.clock, about });
  const open = (resume: Resume = FRESH, isReady = () => true) => {
    const messages: ServerMessage[] = [];
    const send = (text: string) => void messages.push(v.parse(serverMessageSchema, JSON.parse(text)));
    return { messages, ...feed.connect({ send, isReady }, resume) };
  };
  return { ...agent, feed, open, model };
}

Deno.test("feed: given a new page, when it connects, then it gets hello and the whole overview", async () => {
  const { open, find, clock, feed, actor } = fed();
  await clock.advance(0);
  find("run-1");
  await clock.advance(50);

  const { messages } = open();

  assert.deepEqual(messages.map(({ type }) => type), ["hello", "snapshot"]);
  assert.ok(messages[1]?.type === "snapshot" && messages[1].runs.length === 1);
  feed.close();
  actor.stop();
});

Deno.test("feed: given many changes within 100 ms, when told, then they come as one update with the last state", async () => {
  const { open, find, clock, feed, actor } = fed();
  await clock.advance(0);
  const page = open();

  find("run-1", "run-2");
  await clock.advance(100);

  const updates = page.messages.slice(2);
  assert.equal(updates.length, 1);
  assert.ok(updates[0]?.type === "update");
  assert.deepEqual(updates[0].runs.map(({ id, state }) => [id, state]), [
    ["run-1", "runningTask"],
    ["run-2", "runningTask"],
  ]);
  feed.close();
  actor.stop();
});

Deno.test("feed: given changes a moment before the end, when it is closed, then pages are told of them first", async () => {
  const { open, find, clock, feed, actor } = fed();
  await clock.advance(0);
  const page = open();
  find("run-1");
  await clock.advance(10);

  feed.close();

  const [update, ...more] = page.messages.slice(2);
  assert.deepEqual(more, []);
  assert.ok(update?.type === "update");
  assert.deepEqual(update.runs.map(({ id }) => id), ["run-1"]);
  actor.stop();
});

Deno.test("feed: given a page that comes back to the same session, when it says since, then it gets only what it missed", async () => {
  const { open, find, clock, feed, actor } = fed();
  await clock.advance(0);
  find("run-1");
  await clock.advance(2000);
  const first = open();
  const known = first.messages[1];
  first.close();
  find("run-2");
  await clock.advance(300);

  const again = open({ session: "s1", since: known?.type === "snapshot" ? known.seq : null });
  const other = open({ session: "another", since: 1 });

  assert.deepEqual(again.messages.map(({ type }) => type), ["hello", "update"]);
  assert.ok(again.messages[1]?.type === "update");
  assert.deepEqual(again.messages[1].runs.map(({ id }) => id), ["run-2"]);
  assert.deepEqual(other.messages.map(({ type }) => type), ["hello", "snapshot"]);
  feed.close();
  actor.stop();
});

Deno.test("feed: given a watched run, when it moves, then its whole detail is told; when unwatched, then no more", async () => {
  const { open, find, clock, feed, actor } = fed();
  await clock.advance(0);
  find("run-1");
  await clock.advance(10);
  const page = open();

  page.receive(JSON.stringify({ type: "watch", id: "run-1" }));
  await clock.advance(100);
  page.receive(JSON.stringify({ type: "watch", id: null }));
  await clock.advance(1000);

  const details = page.messages.flatMap((message) => message.type === "run" ? [message.detail] : []);
  assert.deepEqual(details.map((detail) => detail?.row.state), ["claiming", "reporting"]);
  feed.close();
  actor.stop();
});

Deno.test("feed: given an unknown run, when watched, then it is told that there is none", () => {
  const { open, feed, actor } = fed();
  const page = open();

  page.receive(JSON.stringify({ type: "watch", id: "nobody" }));

  assert.deepEqual(page.messages.at(-1)?.type === "run" && page.messages.at(-1), {
    type: "run",
    nowMs: page.messages.at(-1)?.nowMs,
    id: "nobody",
    detail: null,
  });
  feed.close();
  actor.stop();
});

Deno.test("feed: given a slow page, when it is ready again, then one update has everything since", async () => {
  const { open, find, clock, feed, actor } = fed();
  await clock.advance(0);
  let ready = false;
  const page = open(FRESH, () => ready);

  find("run-1");
  await clock.advance(2000);
  const before = page.messages.length;
  ready = true;
  await clock.advance(100);

  assert.equal(before, 2);
  const last = page.messages.at(-1);
  assert.ok(last?.type === "update" && last.runs[0]?.outcome === "completed");
  feed.close();
  actor.stop();
});

for (
  const text of ["", "x", "[]", '{"type":"send","event":{}}', `{"type":"watch","id":"${"x".repeat(2000)}"}`]
) {
  Deno.test(`feed: given ${text.slice(0, 30) || "nothing"}, when a page says it, then nothing comes of it`, () => {
    const { open, feed, actor } = fed();
    const page = open();

    page.receive(text);

    assert.equal(page.messages.length, 2);
    feed.close();
    actor.stop();
  });
}

Deno.test("feed: given no page, when runs go through, then no timer waits", async () => {
  const { open, find, clock, actor, model } = fed();
  await clock.advance(0);
  open().close();
  find("run-1");
  await clock.advance(3000);

  assert.equal(model.total, 1);
  assert.equal(clock.pending(), 0);
  actor.stop();
});

Deno.test("feed: given a crowd of runs that change, when told of many, then the next update waits for as long as their number asks", async () => {
  const { open, find, clock, feed, actor } = fed();
  await clock.advance(0);
  const page = open();
  const updates = () => page.messages.filter(({ type }) => type === "update").length;

  find(...Array.from({ length: 200 }, (_, n) => `run-${n}`));
  await clock.advance(100);
  const first = updates();
  await clock.advance(300);
  const meanwhile = updates();
  await clock.advance(100);

  assert.deepEqual([first, meanwhile, updates()], [1, 1, 2]);
  feed.close();
  actor.stop();
});

Deno.test("feed: given 1,000 questions of one page, when they come at once, then one is answered now and the last with the next batch", async () => {
  const { open, find, clock, feed, actor } = fed();
  await clock.advance(0);
  find("run-1", "run-2");
  await clock.advance(2000);
  const page = open();
  const answered = () => page.messages.flatMap((m) => m.type === "run" ? [m.id] : []);

  for (let i = 0; i < 1000; i++) page.receive(JSON.stringify({ type: "watch", id: `run-${1 + i % 2}` }));
  assert.deepEqual(answered(), ["run-1"]);
  await clock.advance(100);

  assert.deepEqual(answered(), ["run-1", "run-2"]);
  feed.close();
  actor.stop();
});

Deno.test("feed: given a page that takes nothing, when it asks, then it is answered only once it takes more", async () => {
  const { open, find, clock, feed, actor } = fed();
  await clock.advance(0);
  find("run-1");
  await clock.advance(2000);
  let isReady = false;
  const page = open(undefined, () => isReady);
  const answers = () => page.messages.filter(({ type }) => type === "run").length;

  for (let i = 0; i < 10; i++) {
    page.receive(JSON.stringify({ type: "watch", id: "run-1" }));
    await clock.advance(1000);
  }
  assert.equal(answers(), 0);
  isReady = true;
  await clock.advance(100);

  assert.equal(answers(), 1);
  feed.close();
  actor.stop();
});
