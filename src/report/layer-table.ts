/** The table of supported layers, from the entries themselves: as text, Markdown and JSON. */

import type { LayerEntry } from "../../transforms/layer.ts";
import { COMMON_IGNORED } from "../../transforms/layer.ts";
import { LAYERS } from "../../transforms/layers/index.ts";
import { MERGES } from "../../transforms/merging/table.ts";
import type { KerasVersion } from "../analysis/constructs.ts";
import { parseSignature } from "../analysis/signature.ts";

export interface LayerArgument {
  readonly name: string;
  /** As Keras writes it; null for an argument that has to be given. */
  readonly default: string | null;
  /** Names that older versions of Keras give it. */
  readonly formerly: readonly string[];
  /** `ignored`: it has no meaning in PyTorch; `reported`: a file that gives it is left alone. */
  readonly support: "supported" | "ignored" | "reported";
}

export interface LayerRow {
  readonly names: readonly string[];
  readonly arguments: readonly LayerArgument[];
  readonly torch: string;
  readonly notes: string;
}

const VERSIONS: readonly KerasVersion[] = ["keras2", "keras3", "keras1"];

/** One row an entry, in the order of the table; then the layers of several inputs. */
export function layerRows(): LayerRow[] {
  const rows = LAYERS.map((entry) => ({
    names: entry.names,
    arguments: argumentsOf(entry),
    torch: entry.torch ?? "",
    notes: entry.notes ?? "",
  }));
  const merging = MERGES.map((entry) => ({
    names: [entry.name, ...(entry.function ? [entry.function] : [])],
    arguments: argumentsOf(entry),
    torch: entry.torch,
    notes: entry.notes ?? "",
  }));
  return [...rows, ...merging];
}

type Row = Pick<LayerEntry, "signatures" | "ignores" | "reports">;

function argumentsOf(entry: Row): LayerArgument[] {
  const found = new Map<string, { default: string | null; formerly: string[] }>();
  for (const version of VERSIONS) {
    for (const parameter of parseSignature(entry.signatures[version] ?? "").parameters) {
      const known = found.get(parameter.name) ?? { default: parameter.defaultText ?? null, formerly: [] };
      found.set(parameter.name, known);
      if (parameter.written !== parameter.name && !known.formerly.includes(parameter.written))
        known.formerly.push(parameter.written);
    }
  }
  return [...found]
    .filter(([name]) => !COMMON_IGNORED.includes(name))
    .map(([name, { default: fallback, formerly }]) => ({
      name,
      default: fallback,
      formerly,
      support: entry.ignores?.includes(name)
        ? "ignored"
        : entry.reports && name in entry.reports
          ? "reported"
          : "supported",
    }));
}

function written({ name, default: fallback, formerly }: LayerArgument): string {
  const before = formerly.length > 0 ? ` (was ${formerly.join(", ")})` : "";
  return (fallback === null ? name : `${name}=${fallback}`) + before;
}

const KINDS = ["supported", "ignored", "reported"] as const;

/** For terminals: a paragraph a layer. */
export function asText(rows: readonly LayerRow[]): string {
  return rows
    .map((row) => {
      const lines = [row.names.join(", "), `  ${row.torch}`];
      for (const kind of KINDS) {
        const list = row.arguments.filter(({ support }) => support === kind).map(written);
        if (list.length > 0) lines.push(`  ${kind}: ${list.join(", ")}`);
      }
      if (row.notes) lines.push(`  note: ${row.notes}`);
      return `${lines.join("\n").replaceAll("`", "")}\n`;
    })
    .join("\n");
}

const HEAD = `# Layers

What becomes of each layer of Keras, and of its arguments. This file is made from the layer table: \`keras-to-torch layers --format markdown\`.

Every layer takes \`name\`, \`dtype\`, \`trainable\`, \`weights\` and the arguments that declare an input as well. An argument that is *ignored* has no
meaning in PyTorch; one that is *reported* keeps a file that gives it from being converted.

| Keras | PyTorch | Arguments | Notes |
| ----- | ------- | --------- | ----- |
`;

/** For documents. */
export function asMarkdown(rows: readonly LayerRow[]): string {
  const cell = (text: string) => text.replaceAll("|", "\\|");
  return (
    HEAD +
    rows
      .map((row) => {
        const lists = KINDS.flatMap((kind) => {
          const list = row.arguments.filter(({ support }) => support === kind);
          const names = list.map((one) => `\`${one.name}\``).join(", ");
          return list.length === 0 ? [] : [kind === "supported" ? names : `${kind}: ${names}`];
        });
        const names = row.names.map((name) => `\`${name}\``).join(", ");
        return `| ${[names, row.torch, lists.join("; "), row.notes].map(cell).join(" | ")} |\n`;
      })
      .join("")
  );
}

/** For programs: the rows as they are. */
export function asJson(rows: readonly LayerRow[]): string {
  return `${JSON.stringify(rows, null, 2)}\n`;
}
