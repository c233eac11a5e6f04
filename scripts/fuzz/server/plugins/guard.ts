// What fuzzed conversations run: a few PDK calls, in a phase that guards and in one that does not.
import { definePlugin } from "gibbon";

export default definePlugin({
  name: "guard",
  version: "1.0.0",
  // Over at the next look at deadlines: events end in all ways that there are.
  deadline: 1,
  async access(kong) {
    await kong.request.getHeader("x-a");
    await kong.client.getIp();
    await kong.request.getRawBody();
    await kong.request.getHeaders();
  },
  async log(kong) {
    await kong.request.getMethod();
  },
});
