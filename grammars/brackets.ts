import type { Span, SyntaxProblem } from "./nodes.ts";

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

/**
 * The text with the lines inside brackets joined to one, at the same length; null where brackets do not match.
 *
 * Inside brackets Python ignores indentation. The grammar forgets so after some tokens: in a block,
 * it takes a line such as `(a +` for the end of the block when the next one is indented less.
 */
export function joinBracketedLines(text: string): { text: string; comments: Span[] } | null {
  if (bracketProblem(text)) return null;
  const comments: Span[] = [];
  let joined = "";
  let depth = 0;
  let last = 0;
  for (const { 0: token, index: start } of text.matchAll(TOKEN)) {
    const between = text.slice(last, start);
    joined += depth > 0 ? between.replace(/\\?\r?\n|\r/g, blank) : between;
    last = start + token.length;
    if (token.startsWith("#")) {
      comments.push({ start, end: token.endsWith("\r") ? last - 1 : last });
      joined += depth > 0 ? blank(token) : token;
    } else {
      joined += token;
      if (/^[([{]$/.test(token)) depth++;
      else if (/^[)\]}]$/.test(token)) depth--;
    }
  }
  joined += text.slice(last);
  return { text: joined, comments };
}

function blank(text: string): string {
  return " ".repeat(text.length);
}

function problem(start: number, end: number, detail: string): SyntaxProblem {
  return { kind: "syntax-error", start, end, detail };
}
