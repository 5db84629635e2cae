/** The platform as the inspector sees it. @module */

import type { ViewOptions } from "../../../inspector/views.ts";
import { consoleLinks } from "../../../schemas/ecs/console_links.ts";
import { ECS_WORDS } from "../../../schemas/ecs/words.ts";

/** ECS, on which no run waits for its turn. */
export const SOME_PLATFORM: ViewOptions["platform"] = {
  links: consoleLinks,
  waitsFor: () => null,
  words: ECS_WORDS,
};
