// What a shop's page bundles: analytics.js 2, unmodified, with our door as its CDN and nothing else.
import { AnalyticsBrowser } from "@segment/analytics-next";

const told = new URLSearchParams(location.search);
const analytics = AnalyticsBrowser.load({
  writeKey: told.get("key") ?? "",
  cdnURL: location.origin,
});

Object.assign(window, {
  async tellEverything(user: string) {
    await analytics.track("Product Viewed", { name: "Sữa tươi" });
    await analytics.identify(user, {
      email: "Lan@Example.com",
      name: "Nguyễn Thị Lan",
      phone: "0901 234 567",
    });
    await Promise.all([
      analytics.track("Order Completed", { order_id: "O1", total: 1250000 }),
      analytics.page("Docs", "Home"),
      analytics.screen("Main", "Cart"),
      analytics.group("acme", { name: "Acme" }),
      analytics.alias(user, "anon-9"),
    ]);
  },
});
