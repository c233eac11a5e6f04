// The plugin of the canary: what it is told in one header it says in another.
import { definePlugin } from "gibbon";

export default definePlugin({
  name: "canary",
  version: "1.0.0",
  async access(kong) {
    await kong.response.setHeader("x-song", await kong.request.getHeader("x-song") ?? "nothing");
  },
});
