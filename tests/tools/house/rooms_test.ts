import assert from "node:assert/strict";
import { isWithin, roomOf, ROOMS } from "../../../tools/house/rooms.ts";

Deno.test("rooms: given a file below two rows, when its room is asked for, then the longer path wins", () => {
  assert.equal(roomOf("sandbox/ecs/world.ts")?.path, "sandbox/ecs");
  assert.equal(roomOf("sandbox/sandbox.ts")?.path, "sandbox");
  assert.equal(roomOf("schemas/prefect1/config/config.ts")?.path, "schemas/prefect1");
  assert.equal(roomOf("sandbox_other/a.ts"), undefined);
});

Deno.test("rooms: given the table, when each room's rows are followed, then no room reaches itself", () => {
  const next = (path: string): readonly string[] => {
    const may = ROOMS.find((room) => room.path === path)?.may ?? [];
    const rooms = ROOMS.map((room) => room.path).filter((room) => room !== path);
    return rooms.filter((room) => may.some((allowed) => isWithin(room, allowed)));
  };
  const reached = (path: string): ReadonlySet<string> => {
    const seen = new Set<string>();
    const queue = [...next(path)];
    for (const room of queue) {
      if (!seen.has(room)) queue.push(...next(room));
      seen.add(room);
    }
    return seen;
  };

  const circular = ROOMS.map(({ path }) => path).filter((path) => reached(path).has(path));

  assert.deepEqual(circular, []);
});
