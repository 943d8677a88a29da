/**
 * Optimizers as the converter writes them, against what real Keras did with the same weights and data:
 * 30 steps for each. `RECORD=1` runs what recorded.json lacks in Keras.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { CASES, nameOf, scriptOf } from "./optimizers/cases.ts";
import { python } from "./setup/python.ts";
import { converted } from "./unit/support.ts";

type Weights = number[] | number[][];
type ByName = Record<string, Weights[]>;

const folder = resolve(import.meta.dirname, "optimizers");
const recordedFile = resolve(folder, "recorded.json");

function runPython(script: string, args: readonly string[], input: Record<string, string>): ByName {
  const { status, stdout, stderr } = spawnSync(python, [resolve(folder, script), ...args], {
    input: JSON.stringify(input),
    encoding: "utf8",
    maxBuffer: 1e8,
  });
  expect(status, stderr).toBe(0);
  return JSON.parse(stdout) as ByName;
}

/** What is recorded of the cases; Keras runs those that are not. */
function record(): void {
  const known = existsSync(recordedFile) ? (JSON.parse(readFileSync(recordedFile, "utf8")) as ByName) : {};
  const ran = [2, 3].map((version) => {
    const missing = CASES.filter((one) => one.keras === version && !(nameOf(one) in known));
    if (missing.length === 0) return {};
    const scripts = missing.map((one) => [nameOf(one), scriptOf(one)]);
    return runPython("record.py", [String(version)], Object.fromEntries(scripts));
  });
  const all = Object.assign(known, ...ran) as ByName;
  const lines = CASES.map((one) => `${JSON.stringify(nameOf(one))}: ${JSON.stringify(all[nameOf(one)])}`);
  writeFileSync(recordedFile, `{\n${lines.join(",\n")}\n}\n`);
}

function largestDifference(a: readonly Weights[] | undefined, b: readonly Weights[] | undefined): number {
  const [x, y] = [a, b].map((weights) => (weights ?? []).flat(2));
  if (!x || !y || x.length !== 37 || y.length !== 37) return Number.NaN;
  return Math.max(...x.map((value, i) => Math.abs(value - (y[i] ?? Number.NaN))));
}

describe("30 steps", () => {
  let recorded: ByName = {};
  let ran: ByName = {};
  const outputs = new Map(CASES.map((one) => [nameOf(one), converted(scriptOf(one))]));

  beforeAll(() => {
    if (process.env.RECORD) record();
    recorded = JSON.parse(readFileSync(recordedFile, "utf8")) as ByName;
    const scripts: Record<string, string> = {};
    for (const one of CASES) {
      const output = outputs.get(nameOf(one));
      if (!output?.output) continue;
      scripts[nameOf(one)] = output.output;
      scripts[`mutant of ${nameOf(one)}`] = output.output.replace(...one.mutant);
    }
    ran = runPython("run.py", [], scripts);
  }, 300_000);

  test.each(CASES.map((one) => [nameOf(one), one] as const))("%s", (name, { off, mutant: [from] }) => {
    const output = outputs.get(name);
    expect(output?.output, JSON.stringify(output?.diagnostics)).toBeTruthy();
    expect(output?.output).toContain(from);
    expect(largestDifference(ran[name], recorded[name])).toBeLessThan(off);
    expect(largestDifference(ran[`mutant of ${name}`], recorded[name])).toBeGreaterThan(2 * off);
  });
});
