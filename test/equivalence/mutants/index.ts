/** All wrong translations that the harness must notice. */
import { data } from "./data.ts";
import { layers } from "./layers.ts";
import { losses } from "./losses.ts";
import { metrics } from "./metrics.ts";
import { models } from "./models.ts";
import type { Mutant } from "./mutant.ts";
import { training } from "./training.ts";

export const mutants: readonly Mutant[] = [...data, ...layers, ...losses, ...metrics, ...models, ...training];
