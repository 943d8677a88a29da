/** `keras-to-torch layers`: what is supported, from the layer table itself. */
import { type Command, Option } from "commander";
import type { Terminal } from "./terminal.ts";

const FORMATS = ["text", "markdown", "json"] as const;

export function addLayers(program: Command, terminal: Terminal): void {
  program
    .command("layers")
    .description("print what becomes of each Keras layer and its arguments")
    .argument("[NAME...]", "only these layers, such as Conv2D")
    .addOption(new Option("--format <FORMAT>", "how").choices(FORMATS).default("text"))
    .action(async (names: string[], { format }: { format: (typeof FORMATS)[number] }, command: Command) => {
      // The tables are only read where they are shown: the conversion loads them with the rest.
      const { asJson, asMarkdown, asText, layerRows } = await import("../report/layer-table.ts");
      const rows = layerRows();
      const missing = names.find((name) => !rows.some((row) => row.names.includes(name)));
      if (missing !== undefined) command.error(`error: '${missing}' is no layer that is known here`);
      const wanted =
        names.length === 0 ? rows : rows.filter((row) => row.names.some((one) => names.includes(one)));
      terminal.result({ text: asText, markdown: asMarkdown, json: asJson }[format](wanted));
    });
}
