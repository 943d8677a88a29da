/** Patterns of RE2, which TensorFlow has, and whether they mean the same to Python's `re`. */
import type { Expr } from "../grammars/nodes.ts";
import type { Rewriter } from "./rewriter.ts";

/** What stands for a part of a pattern that `re.escape` made. */
const ESCAPED = "x";
/** `string.punctuation`. */
const PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

/** A pattern as far as it is known; undefined where parts are that may be patterns themselves. */
export function patternOf(rewriter: Rewriter, expr: Expr): string | undefined {
  const value = rewriter.program.valueOf(expr);
  if (value?.kind === "str") return value.value;
  if (value?.kind === "ref" && value.path === "string.punctuation") return PUNCTUATION;
  switch (expr.type) {
    case "String":
      return expr.value;
    case "FString":
      return expr.formatted
        ? undefined
        : joined(expr.parts.map((part) => (typeof part === "string" ? part : patternOf(rewriter, part))));
    case "Call": {
      const callee = rewriter.program.valueOf(expr.func);
      return callee?.kind === "ref" && callee.path === "re.escape" ? ESCAPED : undefined;
    }
    case "BinOp": {
      const [left, right] = [patternOf(rewriter, expr.left), patternOf(rewriter, expr.right)];
      if (expr.op === "+") return joined([left, right]);
      const fields = left?.split("%");
      if (expr.op !== "%" || right === undefined || fields?.length !== 2) return undefined;
      return fields[1]?.startsWith("s") ? left?.replace("%s", () => right) : undefined;
    }
    default:
      return undefined;
  }
}

function joined(parts: readonly (string | undefined)[]): string | undefined {
  return parts.every((part) => part !== undefined) ? parts.join("") : undefined;
}

/** Forms that only one of the two has, or that differ: ends before a last line break, flags, possessive ones. */
const OTHERWISE = [/\$/, /\(\?(?!:)/, /\{,/, /[*+?}]\+/];
/** The same anywhere: classes of POSIX, and what stands after a backslash. */
const OTHER_CLASSES = [/\[\[?:/, /\\[^dDwWsSbBtnrfv]/];
/** Texts in which a pattern that takes nothing shows. */
const PROBES = ["", "a", " ", "a b", "-a-"];

/** Whether both read a pattern alike; one that takes nothing leaves other places out. */
export function readsAlike(pattern: string): boolean {
  const plain = pattern.replaceAll(/\\[^a-zA-Z0-9]/g, ESCAPED);
  const outside = plain.replaceAll(/\[\^?\]?[^\]]*\]/g, "[x]");
  if (OTHER_CLASSES.some((form) => form.test(plain)) || OTHERWISE.some((form) => form.test(outside)))
    return false;
  try {
    const regex = new RegExp(pattern, "g");
    return PROBES.every((text) => [...text.matchAll(regex)].every(([found]) => found !== ""));
  } catch {
    return false;
  }
}
