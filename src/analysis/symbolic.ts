/**
 * Symbolic integers: sizes that are not known as numbers but can be written over the script's
 * own names, such as `x_train.shape[1]` or `(max_len - 2) // 2 * 64`.
 *
 * An expression is a sum of terms, a term a coefficient times a product of factors. A factor is
 * a piece of source text with the names it reads (and when they were bound), or a floor division
 * of two expressions. This normal form cancels and merges what a person would.
 */

/** A name that an expression reads: it may be written again only while this binding is current. */
export interface NameUse {
  readonly scope: BindingHistory;
  readonly name: string;
  readonly boundAt: number;
}

/** When a part of a name was set that never was: `args.units` after `args = parse()`. */
export const NEVER = 0;

/** When each name of a scope was bound, on the analysis's own clock. */
export interface BindingHistory {
  lastBinding(name: string, before: number): number | undefined;
}

interface Atom {
  readonly kind: "atom";
  readonly text: string;
  readonly uses: readonly NameUse[];
}
interface FloorDiv {
  readonly kind: "floordiv";
  readonly numerator: Sym;
  readonly denominator: Sym;
}
type Factor = Atom | FloorDiv;

interface Term {
  readonly coefficient: number;
  readonly factors: readonly Factor[];
}

export interface Sym {
  readonly terms: readonly Term[];
}

export function constant(value: number): Sym {
  return { terms: value === 0 ? [] : [{ coefficient: value, factors: [] }] };
}

export function atom(text: string, uses: readonly NameUse[]): Sym {
  return { terms: [{ coefficient: 1, factors: [{ kind: "atom", text, uses }] }] };
}

/** The number that the expression is, where no name is left in it. */
export function constantOf(sym: Sym): number | undefined {
  if (sym.terms.length === 0) return 0;
  const [first] = sym.terms;
  return sym.terms.length === 1 && first && first.factors.length === 0 ? first.coefficient : undefined;
}

export function add(a: Sym, b: Sym): Sym {
  return normalize([...a.terms, ...b.terms]);
}

export function negate(a: Sym): Sym {
  return { terms: a.terms.map((term) => ({ ...term, coefficient: -term.coefficient })) };
}

export function subtract(a: Sym, b: Sym): Sym {
  return add(a, negate(b));
}

export function multiply(a: Sym, b: Sym): Sym {
  return normalize(
    a.terms.flatMap((x) =>
      b.terms.map((y) => ({
        coefficient: x.coefficient * y.coefficient,
        factors: [...x.factors, ...y.factors],
      })),
    ),
  );
}

/** Python's `//`; undefined for a zero denominator. */
export function floorDivide(a: Sym, b: Sym): Sym | undefined {
  const [x, y] = [constantOf(a), constantOf(b)];
  if (y === 0) return undefined;
  if (x !== undefined && y !== undefined) return constant(Math.floor(x / y));
  if (y !== undefined && a.terms.every((term) => term.coefficient % y === 0)) {
    return { terms: a.terms.map((term) => ({ ...term, coefficient: term.coefficient / y })) };
  }
  return {
    terms: [{ coefficient: 1, factors: [{ kind: "floordiv", numerator: a, denominator: b }] }],
  };
}

export function equal(a: Sym, b: Sym): boolean {
  return constantOf(subtract(a, b)) === 0;
}

/** Every name that the expression reads. */
export function usesOf(sym: Sym): NameUse[] {
  return sym.terms.flatMap((term) =>
    term.factors.flatMap((factor) =>
      factor.kind === "atom" ? factor.uses : [...usesOf(factor.numerator), ...usesOf(factor.denominator)],
    ),
  );
}

/** Whether every name still has the same value at that time. */
export function isCurrent(sym: Sym, time: number): boolean {
  return usesOf(sym).every((use) => (use.scope.lastBinding(use.name, time) ?? NEVER) === use.boundAt);
}

const PRECEDENCE = { sum: 1, product: 2, atom: 3 } as const;

/** Python source of the expression. */
export function render(sym: Sym): string {
  return renderAt(sym, PRECEDENCE.sum);
}

function renderAt(sym: Sym, precedence: number): string {
  if (sym.terms.length === 0) return "0";
  const [first, ...rest] = [...sym.terms].sort(
    (a, b) => Number(a.coefficient < 0) - Number(b.coefficient < 0),
  );
  if (!first) return "0";
  let text = renderTerm(first);
  // A sign binds tighter than a floor division: `-x // 2` is not `-(x // 2)`.
  if (first.coefficient < 0) text = first.factors[0]?.kind === "floordiv" ? `-(${text})` : `-${text}`;
  for (const term of rest) text += `${term.coefficient < 0 ? " - " : " + "}${renderTerm(term)}`;
  const own =
    rest.length > 0 || first.coefficient < 0
      ? PRECEDENCE.sum
      : first.factors.length + Number(Math.abs(first.coefficient) !== 1) > 1 ||
          first.factors[0]?.kind === "floordiv"
        ? PRECEDENCE.product
        : PRECEDENCE.atom;
  return own < precedence ? `(${text})` : text;
}

function renderTerm(term: Term): string {
  const size = Math.abs(term.coefficient);
  const factors = term.factors.map((factor, index) =>
    factor.kind === "atom"
      ? factor.text
      : index === 0
        ? renderFloorDiv(factor)
        : `(${renderFloorDiv(factor)})`,
  );
  if (factors.length === 0) return String(size);
  // The coefficient comes last, as in `x.shape[1] * 32`: a floor division binds to its left.
  return size === 1 ? factors.join(" * ") : `${factors.join(" * ")} * ${size}`;
}

function renderFloorDiv(factor: FloorDiv): string {
  return `${renderAt(factor.numerator, PRECEDENCE.product)} // ${renderAt(factor.denominator, PRECEDENCE.atom)}`;
}

function keyOf(factors: readonly Factor[]): string {
  return factors.map((factor) => (factor.kind === "atom" ? factor.text : renderFloorDiv(factor))).join(" * ");
}

/** Terms with equal factors merged, in order of first appearance. */
function normalize(terms: readonly Term[]): Sym {
  const merged = new Map<string, Term>();
  for (const term of terms) {
    const factors = [...term.factors].sort(
      (a, b) =>
        Number(b.kind === "floordiv") - Number(a.kind === "floordiv") || (keyOf([a]) < keyOf([b]) ? -1 : 1),
    );
    const key = keyOf(factors);
    const before = merged.get(key);
    merged.set(key, { coefficient: (before?.coefficient ?? 0) + term.coefficient, factors });
  }
  return { terms: [...merged.values()].filter((term) => term.coefficient !== 0) };
}
