// Generates TypeScript from an OpenAPI document, and prints what the compiler finds in calls.ts with it: a list in JSON.

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import openapiTS, { astToString } from "openapi-typescript";
import ts from "typescript";

const calls = join(dirname(fileURLToPath(import.meta.url)), "calls.ts");
const generated = join(dirname(calls), "api.ts");
const types = astToString(await openapiTS(JSON.parse(readFileSync(process.argv[2], "utf8"))));

const options = { strict: true, noEmit: true, lib: ["lib.es2022.d.ts"], types: [], module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler, target: ts.ScriptTarget.ES2022 };
const host = ts.createCompilerHost(options);
const { fileExists, readFile } = host;
host.fileExists = (name) => name === generated || fileExists(name);
host.readFile = (name) => (name === generated ? types : readFile(name));
host.getSourceFile = (name, version) => {
  const text = host.readFile(name);
  return text === undefined ? undefined : ts.createSourceFile(name, text, version);
};
const found = ts.getPreEmitDiagnostics(ts.createProgram([calls], options, host));
console.log(JSON.stringify(found.map((error) => ({
  line: error.file && error.file.getLineAndCharacterOfPosition(error.start).line + 1,
  message: ts.flattenDiagnosticMessageText(error.messageText, " "),
}))));
