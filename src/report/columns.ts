/** A source line as a terminal shows it, so that what stands below it can be aligned. */

/** Scripts and symbols whose characters take two columns. */
const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]/u;
/** Marks that join the character before them, and characters that are not seen at all. */
const NARROW = /[\p{Mn}\p{Me}\p{Cf}]/u;
const CONTROL = /\p{Cc}/u;
const TAB = "    ";

/** How a character is shown: no control character of a script reaches the terminal. */
function shown(character: string): string {
  if (character === "\t") return TAB;
  return CONTROL.test(character) ? "\ufffd" : character;
}

/** The columns that a text takes on a terminal. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) {
    if (character === "\t") width += TAB.length;
    else if (WIDE.test(character)) width += 2;
    else if (!NARROW.test(character)) width += 1;
  }
  return width;
}

export function display(text: string): string {
  return Array.from(text, shown).join("");
}

/** What is shown of a longer line. */
const LONGEST = 160;
/** What is shown of it before the place that matters. */
const LEAD = 60;
const ELLIPSIS = "...";

export interface Excerpt {
  readonly text: string;
  /** The columns before the marked part, and those that it takes: one at least, to be seen. */
  readonly indent: number;
  readonly width: number;
}

/** The line with the columns of `start` to `end` in it; of a very long line, the part around them. */
export function excerpt(line: string, start: number, end: number): Excerpt {
  const from = line.length > LONGEST && start > LEAD ? start - LEAD : 0;
  const to = Math.min(line.length, from + LONGEST);
  const lead = from > 0 ? ELLIPSIS : "";
  return {
    text: lead + display(line.slice(from, to)) + (to < line.length ? ELLIPSIS : ""),
    indent: lead.length + widthOf(line.slice(from, start)),
    width: Math.max(1, widthOf(line.slice(start, Math.min(end, to)))),
  };
}
