// A plugin in the shape of Kong's JavaScript server, unchanged: a class, a schema, CommonJS.
//
//   curl -i "http://127.0.0.1:8000/?name=Ada" -H "x-api-key: open-sesame"
//
// See x-greeting in the answer. docs/authors/moving-from-kong-js.md shows what it looks like as a native one.
class Greeting {
  constructor(config) {
    this.config = config;
    this.greeted = 0;
  }

  async access(kong) {
    const name = (await kong.request.getQueryArg("name")) || this.config.stranger;
    const host = await kong.request.getHost();
    this.greeted += 1;
    await Promise.all([
      kong.response.setHeader("x-greeting", `Hello, ${name}! Welcome to ${host}.`),
      kong.response.setHeader("x-greeted", this.greeted),
    ]);
  }
}

module.exports = {
  Plugin: Greeting,
  Schema: [{ stranger: { type: "string", default: "stranger" } }],
  Version: "1.0.0",
  Priority: 500,
};
