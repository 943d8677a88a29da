import type { Expr, Parameter, Parameters, Span } from "../nodes.ts";
import type { Reader } from "../reader.ts";
import { endOf, type Mutable } from "./build.ts";
import { expression } from "./expressions.ts";

/** The children of `parameters` or `lambda_parameters`. */
export function parameters(reader: Reader): Parameters {
  const params: Mutable<Parameter>[] = [];
  let kind: Parameter["kind"] = "regular";
  if (!reader.enter()) return params;
  do {
    switch (reader.type) {
      case "(":
      case ")":
      case ",":
        break;
      case "positional_separator":
        for (const param of params) param.kind = "positional-only";
        break;
      case "keyword_separator":
        kind = "keyword-only";
        break;
      default: {
        const param = parameter(reader, kind);
        if (param.kind === "*") kind = "keyword-only";
        params.push(param);
      }
    }
  } while (reader.next());
  reader.leave();
  return params;
}

function parameter(reader: Reader, kind: Parameter["kind"]): Mutable<Parameter> {
  switch (reader.type) {
    case "typed_parameter":
    case "default_parameter":
    case "typed_default_parameter": {
      reader.enter();
      const param = parameter(reader, kind);
      // `: annotation`, `= default` or both, in this order.
      while (reader.next()) {
        const isAnnotation = reader.is(":");
        reader.next();
        const value: Expr = expression(reader);
        if (isAnnotation) param.annotation = value;
        else param.default = value;
        param.end = endOf(value);
      }
      reader.leave();
      return param;
    }
    case "list_splat_pattern":
      return splat(reader, "*");
    case "dictionary_splat_pattern":
      return splat(reader, "**");
    case "tuple_pattern": {
      const span = { start: reader.start(), end: reader.end() };
      reader.report("python2", span, "tuple as a parameter");
      return create(span.start, span, "", kind);
    }
    default: {
      const start = reader.start();
      return named(reader, start, kind);
    }
  }
}

function splat(reader: Reader, kind: "*" | "**"): Mutable<Parameter> {
  reader.enter();
  const start = reader.start();
  reader.next();
  const param = named(reader, start, kind);
  reader.leave();
  return param;
}

function named(reader: Reader, start: number, kind: Parameter["kind"]): Mutable<Parameter> {
  const { text, start: nameStart, end } = reader.identifier();
  return create(start, { start: nameStart, end }, text, kind);
}

function create(start: number, nameSpan: Span, name: string, kind: Parameter["kind"]): Mutable<Parameter> {
  const { end } = nameSpan;
  return {
    type: "Parameter",
    start,
    end,
    parent: null,
    name,
    nameSpan,
    kind,
    annotation: null,
    default: null,
  };
}
