/** What became of each file, and what that means for the whole run. */
import type { Verdict } from "../convert.ts";
import type { Diagnostic } from "../diagnostics.ts";
import type { InputFile } from "./find.ts";

export interface Outcome {
  readonly file: InputFile;
  /** `failed`: it could not be read or written, or the conversion broke down. */
  readonly verdict: Verdict | "failed";
  /** What is in the file; null where it could not be read. */
  readonly bytes: Uint8Array | null;
  /** Decoded, as diagnostics count in it; null where nobody had to look into it. */
  readonly text: string | null;
  /** The new text; null where the file stays as it is. */
  readonly output: string | null;
  readonly diagnostics: readonly Diagnostic[];
}

export type Counts = Readonly<Record<Outcome["verdict"], number>>;

export const NONE: Counts = {
  converted: 0,
  partial: 0,
  unsupported: 0,
  unrelated: 0,
  invalid: 0,
  failed: 0,
};

export function count(counts: Counts, { verdict }: Outcome): Counts {
  return { ...counts, [verdict]: counts[verdict] + 1 };
}

export const EXIT = {
  /** Done, and nothing left to do. */
  done: 0,
  /** Something is left to do: by this program (`--check`), or by a person. */
  left: 1,
  /** It was not called rightly, or some input could not be used. */
  error: 2,
} as const;

export interface ExitOptions {
  readonly check: boolean;
  readonly allowUnsupported: boolean;
}

export function exitCode(counts: Counts, { check, allowUnsupported }: ExitOptions): number {
  if (counts.invalid + counts.failed > 0) return EXIT.error;
  if (check && counts.converted + counts.partial > 0) return EXIT.left;
  if (!allowUnsupported && counts.unsupported + counts.partial > 0) return EXIT.left;
  return EXIT.done;
}
