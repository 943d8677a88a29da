import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Edit, Edits, OverlapError } from "../../../src/emit/edits.ts";

const SOURCE = "0123456789";

function edits(...list: [start: number, end: number, text: string, rule?: string][]): Edits {
  const made = new Edits();
  for (const [start, end, text, rule = "rule"] of list) made.replace(start, end, text, rule);
  return made;
}

test.for<[string, Parameters<typeof edits>, string]>([
  ["none", [], SOURCE],
  [
    "in any order",
    [
      [8, 9, "B"],
      [1, 2, "A"],
    ],
    "0A234567B9",
  ],
  [
    "insertions in the order they were made",
    [
      [3, 3, "a"],
      [3, 3, "b"],
    ],
    "012ab3456789",
  ],
  [
    "an insertion where a replacement starts",
    [
      [3, 5, "R"],
      [3, 3, "i"],
    ],
    "012iR56789",
  ],
  [
    "an insertion where a replacement ends",
    [
      [3, 5, "R"],
      [5, 5, "i"],
    ],
    "012Ri56789",
  ],
  [
    "neighbours",
    [
      [3, 5, "R"],
      [5, 7, ""],
    ],
    "012R789",
  ],
  [
    "at both ends",
    [
      [0, 0, "<"],
      [10, 10, ">"],
    ],
    `<${SOURCE}>`,
  ],
  ["all of it", [[0, 10, "x"]], "x"],
  [
    "the same edit twice",
    [
      [3, 5, "R"],
      [3, 5, "R"],
    ],
    "012R56789",
  ],
])("applies %s", ([, list, expected]) => {
  expect(edits(...list).apply(SOURCE)).toBe(expected);
});

describe("an overlap is refused", () => {
  test.for<[string, Parameters<typeof edits>]>([
    [
      "crossing",
      [
        [2, 5, "a", "one"],
        [4, 7, "b", "two"],
      ],
    ],
    [
      "nested",
      [
        [2, 8, "a", "one"],
        [4, 5, "b", "two"],
      ],
    ],
    [
      "the same range with other text",
      [
        [2, 5, "a", "one"],
        [2, 5, "b", "two"],
      ],
    ],
    [
      "an insertion inside",
      [
        [2, 8, "a", "one"],
        [4, 4, "b", "two"],
      ],
    ],
  ])("%s", ([, list]) => {
    const apply = () => edits(...list).apply(SOURCE);
    expect(apply).toThrow(OverlapError);
    expect(apply).toThrow(/`one` and `two`/);
  });
});

test("absorbed edits are part of the text, and of nothing else", () => {
  const made = edits([1, 2, "A"], [4, 5, "B"], [8, 9, "C"]);
  expect(made.absorb(SOURCE, 1, 6)).toBe("A23B5");
  expect(made.apply(SOURCE)).toBe("01234567C9");
});

test("a mark brings back what was absorbed since, and drops what was made since", () => {
  const made = edits([1, 2, "A"], [4, 5, "B"]);
  const { mark } = made;
  made.absorb(SOURCE, 0, 6);
  made.replace(0, 6, "X", "late");
  made.reset(mark);
  expect(made.apply(SOURCE)).toBe("0A23B56789");
});

test.for<[start: number, end: number, covered: boolean]>([
  [3, 5, true],
  [4, 5, true],
  [2, 4, false],
  [7, 7, false],
])("covers %i..%i: %s", ([start, end, covered]) => {
  expect(edits([3, 5, "R"], [7, 7, "i"]).covers(start, end)).toBe(covered);
});

/** Disjoint edits, by the lengths of what lies between and under them. */
const disjoint = fc
  .array(fc.record({ gap: fc.nat(3), length: fc.nat(3), text: fc.string({ maxLength: 3 }) }), {
    maxLength: 8,
  })
  .map((parts) => {
    let at = 0;
    return parts.map(({ gap, length, text }): Edit => {
      const start = at + gap + 1;
      at = start + length;
      return { start, end: at, text, rule: "rule" };
    });
  });

test("edits in any order give what the last ones first give", () => {
  fc.assert(
    fc.property(disjoint, fc.infiniteStream(fc.nat()), (list, random) => {
      const source = "abcdefghij".repeat(6);
      let naive = source;
      for (const edit of [...list].reverse())
        naive = naive.slice(0, edit.start) + edit.text + naive.slice(edit.end);
      const made = new Edits();
      const shuffled = list.map((edit) => ({ edit, key: random.next().value as number }));
      for (const { edit } of shuffled.sort((a, b) => a.key - b.key))
        made.replace(edit.start, edit.end, edit.text, edit.rule);
      expect(made.apply(source)).toBe(naive);
      expect(made.absorb(source, 0, source.length)).toBe(naive);
    }),
  );
});
