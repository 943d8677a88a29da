/** `keras-to-torch explain`, what diagnostics mean. */
import { expect, test } from "vitest";
import { RULES } from "../../src/report/rules.ts";
import { Folder } from "./support.ts";

const explain = (...args: string[]) => new Folder().convert(["explain", ...args]);

test("one rule", () => {
  const { status, stdout } = explain("version");
  expect(stdout).toMatch(
    /^version\n {2}An older release of Keras had another default\.\n {2}why: .+\n {2}what to do: .+\n$/,
  );
  expect(status).toBe(0);
});

test("all rules", () => {
  const { stdout } = explain();
  for (const name of Object.keys(RULES)) expect(stdout).toContain(`${name}\n  `);
});

test("a rule that is not known", () => {
  const { status, stderr } = explain("versions");
  expect(stderr).toBe("error: 'versions' is no rule that is known here\n(--help tells what there is)\n");
  expect(status).toBe(2);
});
