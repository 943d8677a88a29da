import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Expr, outerSpan, sourceOf, walk } from "../../../grammars/index.ts";
import { expectSound, outline, parse, parseExpression, parser } from "./support.ts";

/** An expression as text with all of its parentheses, and the outline that its tree must have. */
interface Generated {
  readonly text: string;
  readonly outline: string;
}

const BINARY = ["+", "-", "*", "/", "//", "%", "**", "@", "<<", ">>", "&", "|", "^"];
const COMPARE = ["<", "<=", ">", ">=", "==", "!=", "in", "not in", "is", "is not"];

/** White space that may stand between tokens inside of parentheses. */
const gap = fc.constantFrom("", " ", "  ", "\n", "\t", " # no (\n", "\r\n", " \\\n");

/** Stands for white space until the gaps are drawn. */
const GAP = "\0";

const name = fc.constantFrom("a", "b2", "_c", "été", "x̂", "名前");

const { expression } = fc.letrec<{ expression: Generated }>((tie) => {
  const inner = tie("expression");
  return {
    expression: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      name.map((text) => ({ text, outline: text.normalize("NFKC") })),
      fc.nat(99).map((value) => ({ text: `${value}`, outline: `${value}` })),
      fc.string({ unit: "grapheme" }).map(literal),
      fc.tuple(inner, fc.constantFrom(...BINARY), inner).map(([left, op, right]) => ({
        text: `${group(left)}${GAP}${op}${GAP}${group(right)}`,
        outline: `(BinOp ${JSON.stringify(op)} ${left.outline} ${right.outline})`,
      })),
      fc.tuple(inner, fc.constantFrom(...COMPARE), inner).map(([left, op, right]) => ({
        text: `${group(left)}${GAP}${op}${GAP}${group(right)}`,
        outline: `(Compare ${left.outline} [${JSON.stringify(op)}] [${right.outline}])`,
      })),
      fc.tuple(inner, name).map(([value, attr]) => ({
        text: `${group(value)}${GAP}.${GAP}${attr}`,
        outline: `(Attribute ${value.outline} ${JSON.stringify(attr.normalize("NFKC"))})`,
      })),
      fc.tuple(inner, fc.array(inner, { maxLength: 3 })).map(([func, args]) => ({
        text: `${group(func)}${GAP}(${args.map(group).join(`${GAP},${GAP}`)}${GAP})`,
        outline: `(Call ${func.outline} [${args.map((arg) => arg.outline).join(" ")}])`,
      })),
      fc.array(inner, { maxLength: 3 }).map((elements) => ({
        text: `[${GAP}${elements.map((element) => `*${group(element)}${GAP},`).join(GAP)}]`,
        outline: `(List [${elements.map((element) => `(Starred ${element.outline})`).join(" ")}])`,
      })),
      fc.tuple(inner, inner, inner).map(([body, condition, orelse]) => ({
        text: `${group(body)}${GAP}if${GAP}${group(condition)}${GAP}else${GAP}${group(orelse)}`,
        outline: `(IfExp ${condition.outline} ${body.outline} ${orelse.outline})`,
      })),
    ),
  };
});

function group({ text }: Generated): string {
  return `(${GAP}${text}${GAP})`;
}

/** JSON's string literals mean the same in Python. */
function literal(value: string): Generated {
  const text = JSON.stringify(value);
  return { text, outline: text };
}

/** An expression in parentheses, with drawn white space at each of its gaps. */
const spaced = fc.tuple(expression, fc.infiniteStream(gap)).map(([generated, gaps]) => ({
  outline: generated.outline,
  text: group(generated).replaceAll(GAP, () => gaps.next().value ?? ""),
}));

describe("expressions with drawn white space", () => {
  test("have the tree that they were made of, and sound places", () => {
    fc.assert(
      fc.property(spaced, ({ text, outline: expected }) => {
        expect(outline(parseExpression(text))).toBe(expected);
        expectSound(parse(text), text);
      }),
    );
  });

  test("are made of parts that mean the same on their own", () => {
    fc.assert(
      fc.property(spaced, ({ text }) => {
        walk(parseExpression(text), (node) => {
          if (node.type === "Argument" || node.type === "Starred") return;
          const alone = `(${sourceOf(text, outerSpan(node as Expr))})`;
          expect(outline(parseExpression(alone)), alone).toBe(outline(node));
        });
      }),
      { numRuns: 30 },
    );
  });
});

test("string literals in every kind of quotes", () => {
  const quotes = fc.constantFrom("'", '"', "'''", '"""');
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), quotes, (value, quote) => {
      const escaped = JSON.stringify(value).slice(1, -1).replaceAll("'", "\\'");
      const text = `${quote}${escaped}${quote} 'b'`;
      expect(parseExpression(text)).toMatchObject({ type: "String", value: `${value}b`, quote });
    }),
  );
});

test("any text is parsed or refused, and never crashed on", () => {
  const tokens = [
    "if",
    "a",
    ":",
    "\n",
    "    ",
    "(",
    ")",
    "'",
    "print",
    "=",
    ",",
    "*",
    "#",
    "def",
    "\t",
    "\\",
    "{",
    "f'",
  ];
  const text = fc.oneof(
    fc.string({ unit: "binary", maxLength: 40 }),
    fc.array(fc.constantFrom(...tokens), { maxLength: 30 }).map((parts) => parts.join(" ")),
    fc.array(fc.constantFrom(...tokens), { maxLength: 30 }).map((parts) => parts.join("")),
  );
  fc.assert(
    fc.property(text, (source) => {
      const { module, problems } = parser.parse(source);
      expect(module === null).toBe(problems.length > 0);
      if (module) expectSound(module, source);
      for (const { start, end } of problems) {
        expect(start).toBeGreaterThanOrEqual(0);
        expect(end).toBeGreaterThanOrEqual(start);
        expect(end).toBeLessThanOrEqual(source.length);
      }
    }),
    { numRuns: 500 },
  );
});
