#!/usr/bin/env node
/** Entry point of the command line: `keras-to-torch`. */
import { Command, CommanderError } from "commander";
import { description, version } from "../../package.json";
import { EXIT } from "../bulk/outcome.ts";
import { addConvert } from "./convert.ts";
import { addExplain } from "./explain.ts";
import { addLayers } from "./layers.ts";
import { openTerminal } from "./terminal.ts";

const terminal = openTerminal(process);
const program = new Command("keras-to-torch")
  .description(`${description}.`)
  .version(version, "-V, --version", "print the version")
  .helpOption("-h, --help", "print this help")
  .showHelpAfterError("(--help tells what there is)")
  .exitOverride();
addConvert(program, terminal);
addLayers(program, terminal);
addExplain(program, terminal);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has said what is wrong, and uses 1 for it.
    process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.error;
  } else {
    const details = error instanceof Error ? (error.stack ?? error.message) : String(error);
    terminal.report(`error: this is a bug of keras-to-torch, please report it: ${details}\n`);
    process.exitCode = EXIT.error;
  }
}
