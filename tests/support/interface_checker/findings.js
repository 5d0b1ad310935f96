// Prints what Spectral finds in an OpenAPI document, and the parser of AsyncAPI in an AsyncAPI document: a list in JSON.

import { readFileSync } from "node:fs";
import { Parser } from "@asyncapi/parser";
import spectral from "@stoplight/spectral-core";
import rulesets from "@stoplight/spectral-rulesets";

const [openapi, asyncapi] = process.argv.slice(2);
const checker = new spectral.Spectral();
checker.setRuleset({ extends: [[rulesets.oas, "recommended"]] });
const found = [
  ...(await checker.run(readFileSync(openapi, "utf8"))),
  ...(await new Parser().parse(readFileSync(asyncapi, "utf8"), { source: asyncapi })).diagnostics,
];
console.log(JSON.stringify(found.map(({ severity, code, path, message }) => ({ severity, code, path: path.join("."), message }))));
