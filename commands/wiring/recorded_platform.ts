/**
 * Words and links for the pages of a recording: the platform of the agent that wrote it.
 *
 * @module
 */

import type { Platform } from "../../schemas/contracts/platform.ts";
import { consoleLinks } from "../../schemas/ecs/console_links.ts";
import { ECS_WORDS } from "../../schemas/ecs/words.ts";

/** Every recording so far is of an agent on ECS. In a recording no run waits for a permit. */
export const RECORDED_PLATFORM: Pick<Platform<unknown>, "words" | "links" | "waitsFor"> = {
  words: ECS_WORDS,
  links: consoleLinks,
  waitsFor: () => null,
};
