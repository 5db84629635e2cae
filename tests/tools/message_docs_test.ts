import assert from "node:assert/strict";
import { MESSAGES_PAGE, messageSections, renderMessages } from "../../tools/message_docs.ts";

Deno.test("message docs: given docs/messages.md, when it is made anew, then nothing changes", () => {
  const page = Deno.readTextFileSync(new URL(`../../${MESSAGES_PAGE}`, import.meta.url));

  assert.equal(
    page,
    renderMessages(),
    "run: deno run --allow-env --allow-read --allow-write=docs tools/message_docs.ts --write",
  );
});

Deno.test("message docs: given all messages, when read, then there are 60 and more, each with code, example and what to do", () => {
  const rows = messageSections().flatMap(([, each]) => each);

  assert.ok(rows.length > 60, `${rows.length} messages`);
  for (const { code, example, todo } of rows) {
    assert.match(code, /^[a-z][A-Za-z]+$/);
    assert.ok(example.length > 8, example);
    assert.match(todo, /^[A-Za-z][\w-]* \S|^Nothing/, todo);
  }
});
