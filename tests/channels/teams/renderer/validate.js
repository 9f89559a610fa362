// Reads {name: card} from standard input, parses each with Microsoft's renderer, and writes what it finds: {name: [message]}.
// The renderer overlooks properties it does not know, so each is looked up in the renderer's own list of them.
"use strict";
const AC = require("adaptivecards/dist/adaptivecards.js");
const cards = JSON.parse(require("fs").readFileSync(0, "utf8"));
const VERSION = AC.Versions.v1_5;

// What an element holds is read by its own code and stands in no list.
const HELD = {
  AdaptiveCard: ["body", "actions"],
  Container: ["items"],
  ActionSet: ["actions"],
  RichTextBlock: ["inlines"],
  "Action.ShowCard": ["card"],
};
const FREE = ["data"]; // ours alone, whatever stands in it

function instance(type) {
  if (type === "AdaptiveCard") return new AC.AdaptiveCard();
  return AC.GlobalRegistry.elements.createInstance(type, VERSION) || AC.GlobalRegistry.actions.createInstance(type, VERSION);
}

function known(type) {
  const made = instance(type);
  if (!made) return null;
  const schema = made.getSchema();
  const names = new Set(["fallback", ...(HELD[type] || [])]);
  for (let i = 0; i < schema.getCount(); i++) names.add(schema.getItemAt(i).name);
  return names;
}

function misspelt(part) {
  if (Array.isArray(part)) return part.flatMap(misspelt);
  if (part === null || typeof part !== "object") return [];
  const names = part.type ? known(part.type) : null;
  const said = names ? Object.keys(part).filter((name) => !names.has(name)).map((name) => `${part.type} knows no ${name}`) : [];
  return [...said, ...Object.entries(part).flatMap(([name, inner]) => (FREE.includes(name) ? [] : misspelt(inner)))];
}

const found = {};
for (const [name, payload] of Object.entries(cards)) {
  const context = new AC.SerializationContext(VERSION);
  const card = new AC.AdaptiveCard();
  card.parse(payload, context);
  const events = misspelt(payload);
  for (let i = 0; i < context.eventCount; i++) events.push(context.getEventAt(i).message);
  for (const event of card.validateProperties().validationEvents) events.push(event.message);
  if (events.length) found[name] = events;
}
process.stdout.write(JSON.stringify(found));
