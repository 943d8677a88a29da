/** `keras-to-torch explain`: what a diagnostic means, by the rule in its brackets. */
import type { Command } from "commander";
import type { RuleName } from "../report/rules.ts";
import type { Terminal } from "./terminal.ts";

export function addExplain(program: Command, terminal: Terminal): void {
  program
    .command("explain")
    .description("print what diagnostics mean, why they are and what to do")
    .argument("[RULE...]", "only these rules, such as unknown-receiver")
    .action(async (names: string[], _flags: unknown, command: Command) => {
      const { explain, RULES } = await import("../report/rules.ts");
      const missing = names.find((name) => !Object.hasOwn(RULES, name));
      if (missing !== undefined) command.error(`error: '${missing}' is no rule that is known here`);
      const wanted = (names.length > 0 ? names : Object.keys(RULES)) as RuleName[];
      terminal.result(wanted.map(explain).join("\n"));
    });
}
