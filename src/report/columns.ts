/** A source line as a terminal shows it, so that what stands below it can be aligned. */

/** The blocks of East Asian characters, full-width forms and emoji, which take two columns. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}\p{Emoji_Presentation}]/u;
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
