import assert from "node:assert/strict";
import { gameTitle, gameWords } from "../../simulation/games.ts";
import { parseSimulation } from "../../simulation/options.ts";

const ROWS: readonly (readonly [args: readonly string[], games: readonly string[]])[] = [
  [[], ["Prefect 1", "Kubernetes", "Prefect 3"]],
  [["--prefect", "1"], ["Prefect 1"]],
  [["--prefect", "3"], ["Prefect 3"]],
  [["--flavour", "kubernetes"], ["Kubernetes"]],
  [["--flavour", "kubernetes", "--prefect", "1"], ["Kubernetes"]],
  [["--plant", "noGrace"], ["Kubernetes"]],
  [["--plant", "lostWakeUp"], ["Prefect 1", "Kubernetes", "Prefect 3"]],
];
for (const [args, titles] of ROWS) {
  Deno.test(`simulate: given ${args.join(" ") || "no option"}, when read, then these worlds are played: ${titles.join(", ")}`, () => {
    const { games } = parseSimulation(args);

    assert.deepEqual(games.map(gameTitle), titles);
    for (const game of games) {
      assert.deepEqual(parseSimulation(gameWords(game).trim().split(" ")).games, [game]);
    }
  });
}

for (
  const [args, message] of [
    [["--flavour", "ecs"], /--flavour must be kubernetes: current value is ecs/],
    [["--prefect", "2"], /--prefect must be 1 or 3: current value is 2/],
    [["--flavour", "kubernetes", "--prefect", "3"], /is of Prefect 1, and --prefect is 3/],
    [
      ["--flavour", "kubernetes", "--plant", "freshToken"],
      /Unknown bug freshToken: it must be one of .*freshName/,
    ],
  ] as const
) {
  Deno.test(`simulate: given ${args.join(" ")}, when read, then it is refused: ${message.source}`, () => {
    assert.throws(() => parseSimulation(args), message);
  });
}
