/** What a script does with batches of images besides training on them. */
import type { Attribute, Expr } from "../../grammars/nodes.ts";
import { alternatives, type Value } from "../../src/analysis/values.ts";
import { Unsupported } from "../arguments.ts";
import { IMAGE_BATCHES } from "../images.ts";
import type { Rewriter } from "../rewriter.ts";

const RULE = "images";

/** What reads an attribute or method of batches of images, where the helper spells it otherwise. */
export function rewriteImageBatches(rewriter: Rewriter): void {
  for (const [node, value] of rewriter.program.machine.values) {
    if (node.type === "Attribute") {
      const owner = rewriter.program.valueOf(node.value);
      if (owner && isImages(owner)) rewriter.attempt("images", () => rewriteAttribute(rewriter, node));
    }
    if (isImages(value) && isIterated(node)) rewriter.switches.set("IMAGES_NEXT", true);
  }
}

function isImages(value: Value): boolean {
  return alternatives(value).some((one) => one.kind === "batches" && one.made === IMAGE_BATCHES);
}

const KEPT_ATTRIBUTES = new Set(
  "n batch_size classes class_indices filepaths on_epoch_end target_size".split(" "),
);

function rewriteAttribute(rewriter: Rewriter, node: Attribute): void {
  const { attr, parent } = node;
  const [from, to] = [node.end - attr.length, node.end];
  const call = parent?.type === "Call" && parent.func === node ? parent : undefined;
  if (KEPT_ATTRIBUTES.has(attr)) return;
  if (attr === "samples") rewriter.edits.replace(from, to, "n", RULE);
  else if (attr === "labels") rewriter.edits.replace(from, to, "classes", RULE);
  else if (attr === "filenames") rewriter.switches.set("IMAGE_NAMES", true);
  else if (attr === "num_classes") {
    rewriter.edits.insert(node.start, "len(", RULE);
    rewriter.edits.replace(from, to, "class_indices)", RULE);
  } else if ((attr === "next" || attr === "__next__") && call?.args.length === 0) {
    rewriter.switches.set("IMAGES_NEXT", true);
    rewriter.edits.insert(node.start, "next(", RULE);
    rewriter.edits.replace(node.value.parenthesized?.end ?? node.value.end, call.end, ")", RULE);
  } else if (attr === "reset" && call) rewriter.switches.set("IMAGES_RESET", true);
  else throw new Unsupported(node, `\`${attr}\` of batches of images is not supported yet`);
}

const COUNTED = new Set(["len", "print", "type"]);

/** Whether batches stand where something goes through them that is not known to ask for them by index. */
export function isIterated(node: Expr): boolean {
  const { parent } = node;
  if (parent?.type === "For") return parent.iter === node;
  if (parent?.type === "Comprehension") return true;
  if (parent?.type !== "Argument" || parent.parent?.type !== "Call") return false;
  const { func } = parent.parent;
  if (func.type === "Name") return !COUNTED.has(func.id);
  return func.type !== "Attribute" || !TRAINS.has(func.attr);
}

const TRAINS = new Set(["fit", "evaluate", "predict"].flatMap((name) => [name, `${name}_generator`]));
