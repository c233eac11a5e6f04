// The bench's plugin in gibbon's native shape: three PDK calls an event.
import { definePlugin } from "gibbon";

export default definePlugin({
  name: "bench",
  version: "1.0.0",
  priority: 10,
  async access(kong) {
    await kong.request.getHeader("host");
    await kong.client.getIp();
    await kong.response.setHeader("x-bench", "1");
  },
});
