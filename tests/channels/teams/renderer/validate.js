// Reads {name: card} from standard input, parses each with Microsoft's renderer, and writes what it finds: {name: [message]}.
"use strict";
const AC = require("adaptivecards/dist/adaptivecards.js");
const cards = JSON.parse(require("fs").readFileSync(0, "utf8"));
const found = {};
for (const [name, payload] of Object.entries(cards)) {
  const context = new AC.SerializationContext(AC.Versions.v1_5);
  const card = new AC.AdaptiveCard();
  card.parse(payload, context);
  const events = [];
  for (let i = 0; i < context.eventCount; i++) events.push(context.getEventAt(i).message);
  for (const event of card.validateProperties().validationEvents) events.push(event.message);
  if (events.length) found[name] = events;
}
process.stdout.write(JSON.stringify(found));
