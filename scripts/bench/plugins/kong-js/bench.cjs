// The bench's plugin in the shape of Kong's JavaScript server: three PDK calls an event.
"use strict";

class Bench {
  async access(kong) {
    await kong.request.getHeader("host");
    await kong.client.getIp();
    await kong.response.setHeader("x-bench", "1");
  }
}

module.exports = { Plugin: Bench, Schema: [], Version: "1.0.0", Priority: 10 };
