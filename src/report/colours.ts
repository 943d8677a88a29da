/** Whether to use colours, decided for each stream by itself. */
import pico from "picocolors";

export type Colours = ReturnType<typeof pico.createColors>;

export const plain: Colours = pico.createColors(false);

interface Stream {
  readonly isTTY?: boolean;
}
type Environment = Readonly<Record<string, string | undefined>>;

/** Colours where a person reads: NO_COLOR (no-color.org) and then FORCE_COLOR overrule what the stream is. */
export function coloursFor(stream: Stream, environment: Environment): Colours {
  const { NO_COLOR, FORCE_COLOR, TERM } = environment;
  if (NO_COLOR) return plain;
  if (FORCE_COLOR) return pico.createColors(FORCE_COLOR !== "0" && FORCE_COLOR !== "false");
  return pico.createColors(Boolean(stream.isTTY) && TERM !== "dumb");
}

/** The lines of a unified diff, as Git colours them. */
export function colourDiff(diff: string, colours: Colours): string {
  if (!colours.isColorSupported) return diff;
  return diff
    .split("\n")
    .map((line) => {
      if (line.startsWith("--- ") || line.startsWith("+++ ")) return colours.bold(line);
      if (line.startsWith("@@")) return colours.cyan(line);
      if (line.startsWith("+")) return colours.green(line);
      if (line.startsWith("-")) return colours.red(line);
      return line;
    })
    .join("\n");
}
