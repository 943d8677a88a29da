/** What a run did, in one line. */
import type { Counts } from "../bulk/outcome.ts";

export interface SummaryOptions {
  /** Whether files are written; otherwise the conversions are only what would happen. */
  readonly writes: boolean;
}

/** Such as "3 converted, 1 left alone, 2 without Keras". */
export function summary(counts: Counts, { writes }: SummaryOptions): string {
  const converted = writes ? "converted" : "would be converted";
  const parts = [
    [counts.converted, converted],
    [counts.partial, `${converted} in part`],
    [counts.unsupported, "left alone"],
    [counts.invalid, "not valid Python"],
    [counts.failed, "failed"],
    [counts.unrelated, "without Keras"],
  ] as const;
  return parts
    .filter(([number]) => number > 0)
    .map(([number, what]) => `${number} ${what}`)
    .join(", ");
}
