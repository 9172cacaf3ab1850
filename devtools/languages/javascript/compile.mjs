// Compiles every schema with ajv in strict mode, and validates its golden example: node compile.mjs SCHEMAS
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import Ajv2020 from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

const schemas = process.argv[2];
const read = (folder, name) => JSON.parse(readFileSync(join(schemas, folder, name), "utf8"));
const ajv = new Ajv2020({ strict: true, strictTypes: true, strictTuple: true, strictRequired: true, allErrors: true });
addFormats(ajv);
ajv.addVocabulary(["x-personal", "x-extensible-enum"]);

const names = readdirSync(join(schemas, "events")).sort();
let failed = 0;
for (const name of names) {
  try {
    const validate = ajv.compile(read("events", name));
    if (!validate(read("golden", name))) throw new Error(ajv.errorsText(validate.errors));
  } catch (error) {
    failed += 1;
    console.log(`${name}: ${error.message}`);
  }
}
console.log(`ajv in strict mode: ${names.length - failed} of ${names.length} schemas compile, and take their example`);
process.exitCode = failed || names.length === 0 ? 1 : 0;
