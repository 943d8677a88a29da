/** What can be said of a file before it is parsed: most files of a repository have nothing to do with Keras. */

/** A text, or the bytes of one. */
interface Searched {
  includes(text: string): boolean;
}

export function namesKeras(text: Searched): boolean {
  return text.includes("keras");
}

/** Whether a text calls what a model may be that another file makes. */
export function mayUseModels(text: Searched): boolean {
  return CALLS.some((call) => text.includes(call));
}

const CALLS = [".fit(", ".fit_generator(", ".predict(", ".evaluate(", ".load_weights(", ".summary("];
