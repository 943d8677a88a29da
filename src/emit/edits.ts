/**
 * Edits are data: a range, its new text, and the rule that asks for it. They are sorted and
 * checked here before magic-string sees them, because it loses text in silence on some overlaps.
 */
import MagicString from "magic-string";

export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly rule: string;
}

export class OverlapError extends Error {
  readonly first: Edit;
  readonly second: Edit;

  constructor(first: Edit, second: Edit) {
    super(`the rules \`${first.rule}\` and \`${second.rule}\` both rewrite ${second.start}..${second.end}`);
    this.first = first;
    this.second = second;
  }
}

export class Edits {
  private list: Edit[] = [];

  /** The same edit twice is one: several models may be made or trained by the same code. */
  replace(start: number, end: number, text: string, rule: string): void {
    const known = this.list.some((edit) => edit.start === start && edit.end === end && edit.text === text);
    if (!known) this.list.push({ start, end, text, rule });
  }

  insert(at: number, text: string, rule: string): void {
    this.replace(at, at, text, rule);
  }

  remove(start: number, end: number, rule: string): void {
    this.replace(start, end, "", rule);
  }

  get all(): readonly Edit[] {
    return this.list;
  }

  /** Goes back to the edits of a mark, those absorbed since then included: a rule turned out not to apply. */
  get mark(): readonly Edit[] {
    return [...this.list];
  }
  reset(mark: readonly Edit[]): void {
    this.list = [...mark];
  }

  covers(start: number, end: number): boolean {
    return this.list.some((edit) => edit.start <= start && end <= edit.end && edit.start < edit.end);
  }

  /** Whether the text of a range goes and nothing takes its place. */
  removes(start: number, end: number): boolean {
    return this.list.some((edit) => edit.text === "" && edit.start <= start && end <= edit.end);
  }

  /** Takes back the removals that reach into a range. */
  withdraw(start: number, end: number): void {
    this.list = this.list.filter((edit) => edit.text !== "" || edit.end <= start || end <= edit.start);
  }

  /** The text of a range with the edits inside it applied; these are then part of what is made of it. */
  absorb(source: string, start: number, end: number): string {
    const inside = this.list.filter((edit) => edit.start >= start && edit.end <= end);
    if (inside.length === 0) return source.slice(start, end);
    this.list = this.list.filter((edit) => !inside.includes(edit));
    return applySorted(source, inside, start, end);
  }

  /** The same with more edits, which all stay as they are. */
  peek(source: string, start: number, end: number, more: readonly Omit<Edit, "rule">[]): string {
    const inside = this.list.filter((edit) => edit.start >= start && edit.end <= end);
    const all = [...inside, ...more.map((edit) => ({ ...edit, rule: "model" }))];
    return applySorted(source, all, start, end);
  }

  /** The source with all edits applied. */
  apply(source: string): string {
    const string = new MagicString(source);
    for (const edit of sorted(this.list)) {
      if (edit.start === edit.end) string.appendLeft(edit.start, edit.text);
      else if (edit.text === "") string.remove(edit.start, edit.end);
      else string.update(edit.start, edit.end, edit.text);
    }
    return string.toString();
  }
}

function sorted(edits: readonly Edit[]): Edit[] {
  const ordered = edits
    .map((edit, index) => ({ edit, index }))
    .sort((a, b) => a.edit.start - b.edit.start || a.edit.end - b.edit.end || a.index - b.index)
    .map(({ edit }) => edit);
  for (const [i, edit] of ordered.entries()) {
    const before = ordered[i - 1];
    if (before && before.end > edit.start) throw new OverlapError(before, edit);
  }
  return ordered;
}

function applySorted(source: string, edits: readonly Edit[], start: number, end: number): string {
  let text = "";
  let at = start;
  for (const edit of sorted(edits)) {
    text += source.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return text + source.slice(at, end);
}
