import { stripVTControlCharacters } from "node:util";
import { describe, expect, test } from "vitest";
import type { Diagnostic } from "../../../src/diagnostics.ts";
import { coloursFor } from "../../../src/report/colours.ts";
import { renderDiagnostic } from "../../../src/report/text.ts";

/** A diagnostic for the first place where `mark` stands in `text`. */
function render(text: string, mark: string, more: Partial<Diagnostic> = {}): string {
  const start = text.indexOf(mark);
  const diagnostic = { rule: "unsupported", severity: "error", message: "no", ...more } as const;
  return renderDiagnostic(
    { ...diagnostic, start, end: start + mark.length },
    { path: "scripts/train.py", text },
  );
}

/** The line below the source line, from where the source begins. */
const underline = (rendered: string) => rendered.split("\n")[4]?.replace(/^ *\| /, "");
const sourceLine = (rendered: string) => rendered.split("\n")[3]?.replace(/^\d+ \| /, "");

test("a diagnostic with all its parts", () => {
  const text = `${"\n".repeat(11)}model.add(Merge([left, right]))\n`;
  expect(render(text, "Merge([left, right])", { hint: "Use two models." })).toBe(
    `error[unsupported]: no
  --> scripts/train.py:12:11
   |
12 | model.add(Merge([left, right]))
   |           ^^^^^^^^^^^^^^^^^^^^
   = help: Use two models.
`,
  );
});

test("a note", () => {
  expect(render("x = 1", "1", { severity: "note", rule: "version" })).toBe(
    "note[version]: no\n --> scripts/train.py:1:5\n  |\n1 | x = 1\n  |     ^\n",
  );
});

test("a file that could not be read has no line to show", () => {
  const diagnostic = { rule: "unreadable", severity: "error", message: "no", start: 0, end: 0 } as const;
  expect(renderDiagnostic(diagnostic, { path: "a.py", text: null })).toBe(
    "error[unreadable]: no\n --> a.py\n",
  );
});

describe("the underline", () => {
  test.for([
    ["tabs", "\tx = Merge()", "Merge", "        ^^^^^"],
    ["a tab between", "x\t= Merge()", "Merge", "       ^^^^^"],
    ["wide characters before", "'学習データ', Merge()", "Merge", "              ^^^^^"],
    ["wide characters within", "f('학습')", "'학습'", "  ^^^^^^"],
    ["emoji", "'🚀', Merge()", "Merge", "      ^^^^^"],
    ["combining marks", "'e\u0301', Merge()", "Merge", "     ^^^^^"],
    ["a byte order mark", "\ufeffMerge()", "Merge", "^^^^^"],
    ["carriage returns", "x = 1\r\nMerge()\r\n", "Merge()", "^^^^^^^"],
    ["an empty place", "x = ", "", "^"],
    ["the end of a line", "x = (\n1)", "(\n1)", "    ^"],
  ] as const)("%s", ([, text, mark, expected]) => {
    expect(underline(render(text, mark))).toBe(expected);
  });

  test("an empty last line", () => {
    const rendered = renderDiagnostic(
      { rule: "syntax-error", severity: "error", message: "no", start: 6, end: 6 },
      { path: "a.py", text: "x = (\n" },
    );
    expect(rendered).toBe("error[syntax-error]: no\n --> a.py:2:1\n  |\n2 |\n  | ^\n");
  });
});

describe("the source line", () => {
  test("shows the part around the place where it is very long", () => {
    const rendered = render(`data = [${"1, ".repeat(500)}Merge(), ${"2, ".repeat(500)}]`, "Merge()");
    const source = sourceLine(rendered) ?? "";
    expect(source).toMatch(/^\.\.\..*Merge\(\).*\.\.\.$/);
    expect(source.length).toBeLessThan(180);
    expect(underline(rendered)?.indexOf("^")).toBe(source.indexOf("Merge"));
  });

  test("sends no control characters to the terminal", () => {
    const rendered = render("x = '\u001b[31m\u0007' + Merge()", "Merge");
    expect(rendered).not.toContain("\u001b");
    expect(rendered).not.toContain("\u0007");
    expect(underline(rendered)?.indexOf("^")).toBe(sourceLine(rendered)?.indexOf("Merge"));
  });
});

test("colours do not change what is written", () => {
  const diagnostic = {
    rule: "model",
    severity: "error",
    message: "no",
    hint: "so",
    start: 4,
    end: 5,
  } as const;
  const subject = { path: "a.py", text: "x = 1" };
  const coloured = renderDiagnostic(diagnostic, subject, coloursFor({ isTTY: true }, {}));
  expect(coloured).toContain("\u001b[31m");
  expect(stripVTControlCharacters(coloured)).toBe(renderDiagnostic(diagnostic, subject));
});

test.for([
  [{ isTTY: true }, {}, true],
  [{}, {}, false],
  [{ isTTY: true }, { TERM: "dumb" }, false],
  [{ isTTY: true }, { NO_COLOR: "1" }, false],
  [{ isTTY: true }, { NO_COLOR: "" }, true],
  [{}, { FORCE_COLOR: "1" }, true],
  [{ isTTY: true }, { FORCE_COLOR: "0" }, false],
  [{}, { NO_COLOR: "1", FORCE_COLOR: "1" }, false],
] as const)("colours for %j with %j: %j", ([stream, environment, expected]) => {
  expect(coloursFor(stream, environment).isColorSupported).toBe(expected);
});
