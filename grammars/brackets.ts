import type { SyntaxProblem } from "./nodes.ts";

const CLOSERS: Readonly<Record<string, string | undefined>> = { "(": ")", "[": "]", "{": "}" };

/** Comments, strings whole or cut off at the end of their line, and brackets. */
const TOKEN =
  /#[^\n]*|("""|''')(?:\\[\s\S]|(?!\1)[\s\S])*(?:\1|$)|(["'])(?:\\[\s\S]|(?!\2)[^\\\n])*(?:\2|(?=\n|$))|[()[\]{}]/g;

/** The first bracket without its partner, or string without its end, where that explains a syntax error. */
export function bracketProblem(text: string): SyntaxProblem | null {
  const open: { readonly bracket: string; readonly start: number }[] = [];
  for (const match of text.matchAll(TOKEN)) {
    const { 0: token, index: start } = match;
    const quote = match[1] ?? match[2];
    if (quote) {
      const closed = token.length >= 2 * quote.length && token.endsWith(quote);
      if (!closed) return problem(start, start + token.length, "unterminated string");
    } else if (token in CLOSERS) {
      open.push({ bracket: token, start });
    } else if (!token.startsWith("#")) {
      const last = open.pop();
      if (!last) return problem(start, start + 1, `unmatched \`${token}\``);
      if (CLOSERS[last.bracket] !== token) {
        return problem(start, start + 1, `\`${token}\` does not match \`${last.bracket}\``);
      }
    }
  }
  const last = open.pop();
  return last ? problem(last.start, last.start + 1, `\`${last.bracket}\` was never closed`) : null;
}

function problem(start: number, end: number, detail: string): SyntaxProblem {
  return { kind: "syntax-error", start, end, detail };
}
