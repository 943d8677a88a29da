/**
 * Wrong translations that people make, as edits of right ones: the harness must notice each of them.
 * A harness that can't fail proves nothing.
 */
export interface Mutant {
  readonly case: string;
  readonly name: string;
  readonly from: string | RegExp;
  readonly to: string;
  /** The first comparison that disagrees. */
  readonly shows:
    | "layers"
    | "first outputs"
    | "dropout"
    | "steps"
    | "losses"
    | "weights"
    | "modes"
    | "values"
    | "printed"
    | "progress";
}

/** The conversion with the mistake in it; an error where there is nothing to mistake any more. */
export function mutate(text: string, { case: name, name: mistake, from, to }: Mutant): string {
  const mutated = text.replace(from, to);
  if (mutated === text) throw new Error(`${name}: there is no ${from} to make the mistake "${mistake}"`);
  return mutated;
}
