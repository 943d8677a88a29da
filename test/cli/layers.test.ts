/** `keras-to-torch layers`, the table of what is supported. */
import { expect, test } from "vitest";
import { LAYERS } from "../../transforms/layers/index.ts";
import { MERGES } from "../../transforms/merging/table.ts";
import { Folder } from "./support.ts";

const layers = (...args: string[]) => new Folder().convert(["layers", ...args]);

test("text names every layer", () => {
  const { status, stdout, stderr } = layers();
  for (const { names } of LAYERS) expect(stdout).toContain(`${names.join(", ")}\n`);
  expect([status, stderr]).toEqual([0, ""]);
});

test("a name picks one", () => {
  const { stdout } = layers("TimeDistributedDense");
  expect(stdout).toMatch(/^Dense, TimeDistributedDense\n {2}nn\.Linear/);
  expect(stdout).not.toContain("Conv2D");
  expect(stdout).toContain("units (was output_dim)");
  expect(stdout).toContain("reported: lora_rank=None");
});

test("JSON holds what the table does", () => {
  const [row] = JSON.parse(layers("Conv2D", "--format", "json").stdout) as { arguments: unknown[] }[];
  expect(row).toMatchObject({ names: ["Conv2D"] });
  expect(row?.arguments).toContainEqual({
    name: "kernel_size",
    default: null,
    formerly: [],
    support: "supported",
  });
});

test("Markdown is a table", () => {
  const lines = layers("--format", "markdown").stdout.trimEnd().split("\n");
  expect(lines.filter((line) => line.startsWith("| `"))).toHaveLength(LAYERS.length + MERGES.length);
});

test("a layer that is not known", () => {
  const { status, stdout, stderr } = layers("Dens");
  expect(stderr).toBe("error: 'Dens' is no layer that is known here\n(--help tells what there is)\n");
  expect([status, stdout]).toEqual([2, ""]);
});
