// What the bench calls over prox's protocol: it does what the Go plugin beside it does.
import { allow, defineProxPlugin } from "gibbon/prox";

export default defineProxPlugin({
  onRequest: (req) =>
    allow({
      headers: { "X-Greeting": req.header("X-Name") ?? "" },
      speedLimit: { downloadMbps: 2.5, groupKey: req.matchDomain },
    }),
});
