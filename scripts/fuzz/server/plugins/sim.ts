// The plugin that recorded conversations ask for.
import { definePlugin } from "gibbon";

export default definePlugin({
  name: "sim",
  version: "1.0.0",
  deadline: 1000,
  async access(kong) {
    await kong.request.getQuery();
    await kong.response.exit(403, { message: "no" });
  },
});
