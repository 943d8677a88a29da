/** The pages of `docs/`, made from the tables: what becomes of each construct, shown by converting an example. */
import { asMarkdown, layerRows } from "../../src/report/layer-table.ts";
import { rulesAsMarkdown } from "../../src/report/rules.ts";
import { CALLBACKS } from "../../transforms/callbacks.ts";
import { functionConstructs } from "../../transforms/functions.ts";
import { LAYERS } from "../../transforms/layers/index.ts";
import { LOSSES } from "../../transforms/losses.ts";
import { METRICS } from "../../transforms/metrics.ts";
import { OPTIMIZERS } from "../../transforms/optimizers.ts";
import { casesOf, convertCase } from "../layers/cases.ts";
import { converted, helper, own, script } from "../unit/support.ts";

/** A construct in a script: what is looked for in its conversion. */
interface Example {
  readonly lines: readonly string[];
  /** What the line of interest starts with. */
  readonly line: string;
}

/** Outputs that losses and metrics are tried on, the usual one first, and targets for them. */
const OUTPUTS = [
  ["Dense(3, activation='softmax', input_shape=(4,))", "np.eye(3)[np.random.randint(0, 3, 8)]"],
  ["Dense(1, activation='sigmoid', input_shape=(4,))", "np.random.randint(0, 2, (8, 1))"],
  ["Dense(1, input_shape=(4,))", "np.random.rand(8, 1)"],
  ["Dense(3, activation='softmax', input_shape=(4,))", "np.random.randint(0, 3, 8)"],
] as const;

function trained([output, targets]: readonly [string, string], compile: string, fit = ""): string[] {
  return script(
    "x = np.random.rand(8, 4)",
    `y = ${targets}`,
    `model = Sequential([${output}])`,
    `model.compile(${compile})`,
    `history = model.fit(x, y${fit})`,
  );
}

/** The first of the examples that converts: its line, the helpers that it names, and what is noted. */
function shown(examples: readonly Example[]): string | undefined {
  for (const { lines, line } of examples) {
    const { output, diagnostics } = converted(lines);
    const found = output === null ? undefined : own(lines).find((one) => one.trim().startsWith(line));
    if (!found || output === null) continue;
    const named = [...output.matchAll(/^(?:def|class) (\w+)/gm)].map((match) => match[1] as string);
    const used = named.filter((name) => new RegExp(`\\b${name}\\b`).test(found) && name !== "fit");
    const code = [found.trim(), ...used.flatMap((name) => ["", ...helper(lines, name)])];
    const notes = diagnostics.map(({ message }) => `${message[0]?.toUpperCase()}${message.slice(1)}.\n`);
    return [`\`\`\`python\n${code.join("\n")}\n\`\`\`\n`, ...notes].join("\n");
  }
  return undefined;
}

function page(
  title: string,
  text: string,
  sections: readonly (readonly [string, string | undefined])[],
): string {
  const parts = sections.map(
    ([name, body]) => `## ${name}\n\n${body ?? "Reported: it has no form in PyTorch that is exact here.\n"}`,
  );
  return `# ${title}\n\n${text} This file is made from the tables.\n\n${parts.join("\n")}`;
}

function losses(): string {
  return page(
    "Losses",
    "What becomes of each loss, by its name as a string, function or class, on outputs that it is usual for.",
    LOSSES.map(({ names, targets }) => {
      const outputs = targets === "index" ? OUTPUTS.slice(3) : OUTPUTS;
      const examples = outputs.map((output) => ({
        lines: trained(output, `'sgd', '${names[0]}'`),
        line: "loss_fn = ",
      }));
      return [names.join(", "), shown(examples)];
    }),
  );
}

function metrics(): string {
  const losses = [
    "categorical_crossentropy",
    "binary_crossentropy",
    "mse",
    "sparse_categorical_crossentropy",
  ];
  return page(
    "Metrics",
    "What becomes of each metric, for a loss and outputs that it is usual for.",
    METRICS.map(({ names }) => {
      const examples = OUTPUTS.map((output, i) => ({
        lines: trained(output, `'sgd', '${losses[i]}', metrics=['${names[0]}']`),
        line: "metrics = ",
      }));
      return [names.join(", "), shown(examples)];
    }),
  );
}

function optimizers(): string {
  return page(
    "Optimizers",
    "What becomes of each optimizer with Keras 2's defaults.",
    OPTIMIZERS.map(({ name }) => [
      name,
      shown([{ lines: trained(OUTPUTS[2], `optimizers.${name}(), 'mse'`), line: "optimizer = " }]),
    ]),
  );
}

function callbacks(): string {
  return page(
    "Callbacks",
    "What becomes of each callback: a class with the same hooks, of which the script gets what it uses.",
    CALLBACKS.map(({ name, signatures }) => {
      const first = (Object.values(signatures)[0] ?? "").split(",")[0] ?? "";
      const given = first === "" || first.includes("=") || first === "*" ? "" : (GIVEN[first] ?? "'log'");
      const fit = `, validation_data=(x, y), callbacks=[callbacks.${name}(${given})]`;
      return [name, shown([{ lines: trained(OUTPUTS[2], "'sgd', 'mse'", fit), line: "history = " }])];
    }),
  );
}

/** Arguments that callbacks cannot do without. */
const GIVEN: Record<string, string> = { schedule: "lambda epoch: 0.1", filepath: "'model.h5'" };

/** The table, and an example of each layer. */
function layers(): string {
  const sections = LAYERS.flatMap((entry) => {
    const first = casesOf(entry)[0]?.cases[0];
    const result = first && convertCase(first);
    if (!first || !result || typeof result === "string") return [];
    const lines = result.torch.split("\n");
    const start = lines.findIndex((line) => line.startsWith("model = "));
    const end = lines.findIndex((line, i) => i >= start && line.startsWith(")"));
    const code = start === end || end < 0 ? [lines[start] as string] : lines.slice(start, end + 1);
    const [, keras = ""] = /^(.*), keras\d$/.exec(first.id) ?? [];
    return [`### ${entry.names[0]}\n\n\`${keras}\` becomes\n\n\`\`\`python\n${code.join("\n")}\n\`\`\`\n`];
  });
  return `${asMarkdown(layerRows())}\n## Examples\n\n${sections.join("\n")}`;
}

/** Functions on data, settings and helpers, by their canonical names. */
function functions(): string {
  const names = [...functionConstructs.keys()].sort();
  const list = names.map((name) => `- \`${name}\``).join("\n");
  return `# Functions\n\nFunctions of Keras and TensorFlow that are converted, under any name that a script imports them by. This file is made from the tables.\n\n${list}\n`;
}

export const PAGES: Readonly<Record<string, () => string>> = {
  "layers.md": layers,
  "functions.md": functions,
  "losses.md": losses,
  "metrics.md": metrics,
  "optimizers.md": optimizers,
  "callbacks.md": callbacks,
  "diagnostics.md": rulesAsMarkdown,
};
