import type { Argument, Call, Expr, Span } from "../nodes.ts";
import type { Reader } from "../reader.ts";
import { endOf, startOf } from "./build.ts";
import { generator } from "./displays.ts";
import { expression } from "./expressions.ts";
import { withLeft } from "./precedence.ts";

export function call(reader: Reader): Expr {
  reader.enter();
  const func = expression(reader);
  reader.next();
  const [args, argsSpan] = argumentList(reader);
  reader.leave();
  return withLeft(func, (func) => callNode(func, args, argsSpan));
}

function callNode(func: Expr, args: readonly Argument[], argsSpan: Span): Call {
  return { type: "Call", start: startOf(func), end: argsSpan.end, parent: null, func, args, argsSpan };
}

/** `(a, *b, c=d)`, of a call or a class; or `(a for a in b)`, whose parentheses are the call's. */
export function argumentList(reader: Reader): [Argument[], Span] {
  if (reader.type === "generator_expression") {
    const [value, span] = generator(reader);
    return [[argument(value.start, null, "", value)], span];
  }
  const args: Argument[] = [];
  reader.open();
  const start = reader.start();
  reader.next();
  while (reader.type !== ")") {
    args.push(lowerArgument(reader));
    if (!reader.comma()) break;
    reader.next();
  }
  const end = reader.start() + 1;
  reader.leave();
  return [args, { start, end }];
}

function lowerArgument(reader: Reader): Argument {
  switch (reader.type) {
    case "keyword_argument":
      return keyword(reader);
    case "list_splat":
      return splat(reader, "*");
    case "dictionary_splat":
      return splat(reader, "**");
    default: {
      const value = expression(reader);
      const isStar = value.type === "Starred" && !value.parenthesized;
      return isStar
        ? argument(value.start, null, "*", value.value)
        : argument(startOf(value), null, "", value);
    }
  }
}

function keyword(reader: Reader): Argument {
  reader.enter();
  const name = reader.identifier();
  reader.pass("=".length);
  reader.next();
  const value = expression(reader);
  reader.leave();
  return argument(name.start, name.text, "", value);
}

function splat(reader: Reader, star: "*" | "**"): Argument {
  reader.enter();
  const start = reader.start();
  reader.next();
  const value = expression(reader);
  reader.leave();
  return argument(start, null, star, value);
}

function argument(start: number, name: string | null, star: Argument["star"], value: Expr): Argument {
  return { type: "Argument", start, end: endOf(value), parent: null, name, star, value };
}
