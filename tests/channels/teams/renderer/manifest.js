// Reads {name: {version, manifest, texts}} from standard input, and writes what Microsoft's published schemas say: {name: [message]}.
"use strict";
const Ajv = require("ajv-draft-04");
const addFormats = require("ajv-formats");
const packages = JSON.parse(require("fs").readFileSync(0, "utf8"));

function judged(version, kind, given) {
  const schema = require(`@microsoft/app-manifest/build/json-schemas/teams/v${version}/MicrosoftTeams.${kind}schema.json`);
  // Their patterns are written for regular expressions without the Unicode flag.
  const ajv = addFormats(new Ajv({ strict: false, allErrors: true, unicodeRegExp: false }));
  const validate = ajv.compile(schema);
  return validate(given) ? [] : validate.errors.map((one) => `${kind}${one.instancePath}: ${one.message} ${JSON.stringify(one.params)}`);
}

const found = {};
for (const [name, { version, manifest, texts }] of Object.entries(packages)) {
  const said = [...judged(version, "", manifest), ...judged(version, "Localization.", texts)];
  if (said.length) found[name] = said;
}
process.stdout.write(JSON.stringify(found));
