/** Patterns of TensorFlow's RE2 that Python's `re` reads alike. */
import { expect, test } from "vitest";
import { readsAlike } from "../../../transforms/patterns.ts";

test.each([
  "<br />",
  "[^a-zA-Z]",
  "\\d+",
  "[^\\w\\s]",
  "https?://\\S+",
  "<.*?>",
  "(?:a|b)c",
  "[!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~]",
  "[x]",
  "\\.\\.",
  "@\\w+",
  "a{2,3}",
  "^RT ",
])("%s is read alike", (pattern) => {
  expect(readsAlike(pattern)).toBe(true);
});

test.each([
  ["an end before a line break", "a$"],
  ["a match of nothing", "x*"],
  ["a match of nothing between words", "\\b"],
  ["an empty alternative", "a|"],
  ["a flag", "(?i)abc"],
  ["a look behind", "(?<=a)b"],
  ["a class of POSIX", "[[:punct:]]"],
  ["a class of Unicode", "\\pL"],
  ["an end of RE2's own", "a\\z"],
  ["a possessive repetition", "a++"],
  ["a reference back", "(a)\\1"],
  ["half a pattern", "(a"],
])("%s is not: %s", (_, pattern) => {
  expect(readsAlike(pattern)).toBe(false);
});
