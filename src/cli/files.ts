/** `keras-to-torch PATH...`: each file found, one after the other. */
import { resolve } from "node:path";
import { convertFile, lazyConverter, notWritten } from "../bulk/convert-file.ts";
import { findFiles, type InputFile } from "../bulk/find.ts";
import { type Counts, count, EXIT, exitCode, NONE, type Outcome } from "../bulk/outcome.ts";
import { summary } from "../report/summary.ts";
import { renderDiagnostic } from "../report/text.ts";
import { type ConvertFlags, optionsOf } from "./convert.ts";
import { collisionOf, type Delivery, deliveryFor } from "./deliver.ts";
import type { Terminal } from "./terminal.ts";

export async function runFiles(
  paths: readonly string[],
  flags: ConvertFlags,
  terminal: Terminal,
): Promise<number> {
  const folder = flags.output === undefined ? undefined : resolve(flags.output);
  const { files, problems } = await findFiles(paths, process.cwd(), folder);
  for (const { path, message } of problems) complain(terminal, "error", `${path}: ${message}`);
  const collision = folder && collisionOf(files, folder);
  if (collision) {
    complain(terminal, "error", collision);
    return EXIT.error;
  }
  if (files.length === 0 && problems.length === 0) complain(terminal, "warning", "no Python files found");

  const counts = await convertAll(files, flags, deliveryFor(flags, folder, terminal), terminal);
  const writes = flags.write === true || folder !== undefined;
  if (!flags.quiet && files.length > 0) terminal.report(`${summary(counts, { writes })}\n`);
  if (problems.length > 0) return EXIT.error;
  return exitCode(counts, {
    check: flags.check ?? false,
    allowUnsupported: flags.allowUnsupported ?? false,
  });
}

async function convertAll(
  files: readonly InputFile[],
  flags: ConvertFlags,
  deliver: Delivery,
  terminal: Terminal,
): Promise<Counts> {
  const converter = lazyConverter(optionsOf(flags));
  const showsOnly = !flags.write && !flags.check && flags.output === undefined;
  let counts = NONE;
  for (const file of files) {
    // What nobody reads need not be made; what is written or counted must be.
    if (showsOnly && terminal.isClosed) break;
    const outcome = await delivered(await convertFile(file, converter), deliver);
    reportDiagnostics(outcome, terminal);
    counts = count(counts, outcome);
  }
  return counts;
}

async function delivered(outcome: Outcome, deliver: Delivery): Promise<Outcome> {
  try {
    await deliver(outcome);
    return outcome;
  } catch (error) {
    return notWritten(outcome, error);
  }
}

export function reportDiagnostics({ file, text, diagnostics }: Outcome, terminal: Terminal): void {
  for (const diagnostic of diagnostics) {
    const rendered = renderDiagnostic(diagnostic, { path: file.path, text }, terminal.reportColours);
    terminal.report(`${rendered}\n`);
  }
}

function complain(terminal: Terminal, severity: "error" | "warning", message: string): void {
  const { bold, red, yellow } = terminal.reportColours;
  terminal.report(`${bold((severity === "error" ? red : yellow)(severity))}: ${message}\n`);
}
