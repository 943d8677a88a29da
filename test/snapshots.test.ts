/**
 * Every `snapshots/<case>/keras.py` is converted as its folder says: to `torch.py`, with what `report.json` reports.
 * UPDATE_SNAPSHOTS=1 writes both; a conversion that differs is left beside them as `_actual.py`.
 */
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { loadParser } from "../grammars/index.ts";
import type { PythonParser } from "../grammars/nodes.ts";
import { convert } from "../src/convert.ts";
import { positionOf } from "../src/diagnostics.ts";
import { type Case, cases } from "./cases.ts";
import { ruff } from "./setup/python.ts";

const update = Boolean(process.env.UPDATE_SNAPSHOTS);
const converted = cases.filter((one) => one.converted !== null);

let parser: PythonParser;
beforeAll(async () => {
  parser = await loadParser();
});

const read = (path: string) => readFileSync(path, "utf8");
const convertCase = ({ original }: Case) => convert(parser, { path: "keras.py", text: read(original) }, {});

describe("conversion", () => {
  test.for(cases)("$name", (one) => {
    const { output, verdict, diagnostics } = convertCase(one);
    const source = read(one.original);
    const report = {
      verdict,
      lines: {
        keras: linesOf(source),
        torch: output && linesOf(output),
        helpers: output && helperLines(source, output),
      },
      diagnostics: diagnostics.map(({ rule, severity, message, hint, start }) => {
        const { line, column } = positionOf(source, start);
        return { rule, severity, line, column, message, ...(hint === undefined ? {} : { hint }) };
      }),
    };
    const files = { torch: join(one.folder, "torch.py"), report: join(one.folder, "report.json") };
    const actual = join(one.folder, "_actual.py");
    rmSync(actual, { force: true });
    if (update) {
      if (output === null) rmSync(files.torch, { force: true });
      else writeFileSync(files.torch, output);
      writeFileSync(files.report, `${JSON.stringify(report, null, 2)}\n`);
      return;
    }
    if (output !== null && output !== one.converted) writeFileSync(actual, output);
    expect(output).toBe(one.converted);
    expect(report).toEqual(JSON.parse(read(files.report)));
  });
});

describe("a converted script", () => {
  test.for(converted)("$name is Python", ({ converted: text }) => {
    expect(parser.parse(text ?? "").problems).toEqual([]);
  });

  test.for(converted)("$name stays as it is when it is converted again", ({ converted: text }) => {
    const again = convert(parser, { path: "torch.py", text: text ?? "" }, {});
    expect(again.output ?? text).toBe(text);
    expect(again.verdict).toBe("unrelated");
  });

  test("has no undefined or unused names that the original had not", () => {
    const found = flakes(
      converted.flatMap(({ folder }) => [join(folder, "keras.py"), join(folder, "torch.py")]),
    );
    for (const { folder } of converted) {
      const before = found.get(join(folder, "keras.py")) ?? [];
      const added = (found.get(join(folder, "torch.py")) ?? []).filter((flake) => !before.includes(flake));
      expect(added, folder).toEqual([]);
    }
  });
});

function linesOf(text: string): number {
  return text.split("\n").filter((line) => line.trim() !== "").length;
}

/** The lines of functions and classes at the top of the output that the original does not define. */
function helperLines(source: string, output: string): number {
  const definitions = (text: string) =>
    (parser.parse(text).module?.body ?? []).filter(
      ({ type }) => type === "FunctionDef" || type === "ClassDef",
    );
  const nameOf = (node: { readonly type: string }) => ("name" in node ? node.name : "");
  const own = new Set(definitions(source).map(nameOf));
  return definitions(output)
    .filter((node) => !own.has(nameOf(node)))
    .reduce((sum, { start, end }) => sum + linesOf(output.slice(start, end)), 0);
}

/** What pyflakes' rules say about each file. */
function flakes(paths: readonly string[]): Map<string, string[]> {
  const { stdout, error } = spawnSync(
    ruff,
    ["check", "--isolated", "--no-cache", "--select", "F", "--output-format", "json", ...paths],
    { encoding: "utf8", maxBuffer: 1 << 26 },
  );
  if (error) throw error;
  const found = new Map<string, string[]>();
  for (const { filename, code, message } of JSON.parse(stdout) as {
    filename: string;
    code: string;
    message: string;
  }[]) {
    found.set(filename, [...(found.get(filename) ?? []), `${code} ${message}`]);
  }
  return found;
}
