// The Node SDKs, unmodified: says the same of one person through each, waits until each says it is
// done, and prints what went wrong. `node sdks.mjs '{"segment": {"key", "address"}, "rudder": …}'`
import { Analytics as Segment } from "@segment/analytics-node";
import Rudder from "@rudderstack/rudder-sdk-node";

const told = JSON.parse(process.argv[2]);
const problems = [];
const lan = { email: "Lan@Example.com", name: "Nguyễn Thị Lan", phone: "0901 234 567" };

function tellEverything(client, userId) {
  client.identify({ userId, traits: lan });
  client.track({ userId, event: "Order Completed", properties: { order_id: "O1", total: 1250000 } });
  client.page({ userId, category: "Docs", name: "Home", properties: { url: "https://shop.vn/" } });
  client.screen({ userId, name: "Cart" });
  client.group({ userId, groupId: "acme", traits: { name: "Acme" } });
  client.alias({ previousId: "anon-9", userId });
  client.track({
    anonymousId: "anon-9",
    event: "Product Viewed",
    properties: { name: "Sữa tươi" },
  });
}

async function segment({ key, address }) {
  const client = new Segment({ writeKey: key, host: address, flushInterval: 100 });
  client.on("error", (error) => problems.push(["segment", String(error.code ?? error)]));
  tellEverything(client, "node-1");
  await client.closeAndFlush({ timeout: 20000 });
}

async function rudder({ key, address }) {
  const client = new Rudder(key, {
    dataPlaneUrl: address,
    logLevel: "none",
    flushInterval: 100,
    errorHandler: (error) => problems.push(["rudder", String(error)]),
  });
  tellEverything(client, "node-2");
  await client.flush();
}

await Promise.all([segment(told["segment-node"]), rudder(told["rudder-node"])]);
console.log(JSON.stringify(problems));
process.exit(0);
