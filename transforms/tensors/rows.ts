/** The table's rows. */
import { ACTIVATION_ROWS } from "./activations.ts";
import { ARITHMETIC } from "./arithmetic.ts";
import { ENTROPIES } from "./entropies.ts";
import { IMAGE_ROWS } from "./images.ts";
import { LINEAR } from "./linear.ts";
import { MADE } from "./made.ts";
import { RANDOM } from "./random.ts";
import type { Row } from "./row.ts";
import { SCORES } from "./scores.ts";
import { SELECTION } from "./selection.ts";
import { SHAPES } from "./shapes.ts";

export const ROWS: readonly Row[] = [
  ...ARITHMETIC,
  ...LINEAR,
  ...ACTIVATION_ROWS,
  ...SHAPES,
  ...SELECTION,
  ...IMAGE_ROWS,
  ...MADE,
  ...RANDOM,
  ...ENTROPIES,
  ...SCORES,
];

/** Rows by the paths of their functions. */
export const ROWS_BY_PATH: ReadonlyMap<string, Row> = new Map(
  ROWS.flatMap((row) => row.apis.flatMap(({ paths }) => paths.map((path) => [path, row] as const))),
);
