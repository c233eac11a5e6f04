// The npm packages that `deno task packages` tries: each with a few lines that use it, without a network.

/** A package and its use. */
export interface Trial {
  readonly name: string;
  readonly version: string;
  /** The import, as an author writes it. */
  readonly imports: string;
  /** The body of an async function; it returns whether what the package gave is right. */
  readonly use: string;
}

type Row = readonly [name: string, version: string, imported: string, use: string];

const ROWS: readonly Row[] = [
  [
    "@aws-sdk/client-s3",
    "3.1175.0",
    "{ S3Client, GetObjectCommand }",
    `
    const client = new S3Client({ region: "eu-west-1", credentials: { accessKeyId: "a", secretAccessKey: "b" },
      requestHandler: { handle: async (request) => { seen = request.path; throw new Error("none"); } }, maxAttempts: 1 });
    let seen = "";
    await client.send(new GetObjectCommand({ Bucket: "bucket", Key: "key" })).catch(() => {});
    return seen === "/key";`,
  ],
  [
    "@grpc/grpc-js",
    "1.14.7",
    "* as grpc",
    `
    const server = new grpc.Server();
    const text = { requestSerialize: Buffer.from, requestDeserialize: String, responseSerialize: Buffer.from,
      responseDeserialize: String, requestStream: false, responseStream: false };
    server.addService({ say: { path: "/a.B/Say", ...text } }, { say: (call, done) => done(null, call.request + "!") });
    const port = await new Promise((resolve, reject) => server.bindAsync("127.0.0.1:0",
      grpc.ServerCredentials.createInsecure(), (error, port) => error ? reject(error) : resolve(port)));
    const client = new grpc.Client("127.0.0.1:" + port, grpc.credentials.createInsecure());
    const said = await new Promise((resolve, reject) => client.makeUnaryRequest("/a.B/Say", Buffer.from, String,
      "hello", (error, value) => error ? reject(error) : resolve(value)));
    client.close();
    server.forceShutdown();
    return said === "hello!";`,
  ],
  [
    "@opentelemetry/api",
    "1.10.0",
    "{ trace, context, createContextKey }",
    `
    const key = createContextKey("k");
    return context.active().setValue(key, 5).getValue(key) === 5 && trace.getTracer("t").startSpan("s").isRecording() === false;`,
  ],
  [
    "ajv",
    "8.20.0",
    "{ Ajv }",
    `
    const validate = new Ajv().compile({ type: "object", properties: { a: { type: "integer" } }, required: ["a"] });
    return validate({ a: 1 }) && !validate({ a: "x" });`,
  ],
  [
    "amqplib",
    "2.3.1",
    "amqp",
    `
    const failed = await amqp.connect("amqp://127.0.0.1:1").then(() => "", (error) => error.code);
    return failed === "ECONNREFUSED";`,
  ],
  [
    "axios",
    "1.21.1",
    "axios",
    `return await withServer(async (url) =>
      (await axios.post(url, { a: 1 }, { headers: { "x-a": "b" } })).data.body === '{"a":1}');`,
  ],
  [
    "bcrypt",
    "6.0.0",
    "bcrypt",
    `return await bcrypt.compare("secret", await bcrypt.hash("secret", 4));`,
  ],
  [
    "bcryptjs",
    "3.0.3",
    "bcrypt",
    `return await bcrypt.compare("secret", await bcrypt.hash("secret", 4));`,
  ],
  [
    "cookie",
    "1.1.1",
    "* as cookie",
    `return (cookie.parseCookie ?? cookie.parse)("a=b; c=d%20e").c === "d e";`,
  ],
  [
    "date-fns",
    "4.4.0",
    "{ addDays, formatISO }",
    `
    return formatISO(addDays(new Date(2024, 1, 28), 2), { representation: "date" }) === "2024-03-01";`,
  ],
  [
    "dayjs",
    "1.11.23",
    "dayjs",
    `return dayjs("2024-02-28").add(2, "day").format("YYYY-MM-DD") === "2024-03-01";`,
  ],
  [
    "fast-xml-parser",
    "5.12.1",
    "{ XMLParser }",
    `return new XMLParser().parse("<a><b>1</b></a>").a.b === 1;`,
  ],
  [
    "got",
    "14.6.6",
    "got",
    `return await withServer(async (url) =>
      (await got.post(url, { json: { a: 1 } }).json()).body === '{"a":1}');`,
  ],
  [
    "graphql",
    "16.15.0",
    "{ buildSchema, graphql, parse }",
    `
    const schema = buildSchema("type Query { hello: String }");
    const { data } = await graphql({ schema, source: "{ hello }", rootValue: { hello: () => "you" } });
    return data.hello === "you" && parse("{ a { b } }").kind === "Document";`,
  ],
  [
    "handlebars",
    "4.7.10",
    "Handlebars",
    `return Handlebars.compile("Hi {{name}}")({ name: "<you>" }) === "Hi &lt;you&gt;";`,
  ],
  [
    "ioredis",
    "6.0.0",
    "{ Redis }",
    `return await withRedis(async (port) => {
      const redis = new Redis({ port, host: "127.0.0.1", enableReadyCheck: false, disableClientInfo: true });
      const pong = await redis.ping();
      redis.disconnect();
      return pong === "PONG";
    });`,
  ],
  [
    "ipaddr.js",
    "2.5.0",
    "ipaddr",
    `return ipaddr.parse("10.1.2.3").match(ipaddr.parseCIDR("10.0.0.0/8"));`,
  ],
  [
    "jose",
    "6.2.18",
    "{ SignJWT, jwtVerify }",
    `
    const key = new TextEncoder().encode("0123456789abcdef0123456789abcdef");
    const token = await new SignJWT({ a: 1 }).setProtectedHeader({ alg: "HS256" }).setExpirationTime("1h").sign(key);
    return (await jwtVerify(token, key)).payload.a === 1;`,
  ],
  [
    "jsonwebtoken",
    "9.0.3",
    "jwt",
    `return jwt.verify(jwt.sign({ a: 1 }, "secret"), "secret").a === 1;`,
  ],
  [
    "kafkajs",
    "2.2.4",
    "{ Kafka, logLevel }",
    `
    const kafka = new Kafka({ brokers: ["127.0.0.1:1"], logLevel: logLevel.NOTHING, retry: { retries: 0 } });
    const failed = await kafka.producer().connect().then(() => "", (error) => error.name);
    return /Kafka(JS)?(Connection|NumberOfRetries)/.test(failed);`,
  ],
  [
    "ky",
    "1.14.3",
    "ky",
    `return await withServer(async (url) =>
      (await ky.post(url, { json: { a: 1 } }).json()).body === '{"a":1}');`,
  ],
  [
    "lodash",
    "4.18.1",
    "_",
    `return _.get(_.merge({ a: { b: 1 } }, { a: { c: 2 } }), "a.c") === 2;`,
  ],
  [
    "lru-cache",
    "11.5.3",
    "{ LRUCache }",
    `
    const cache = new LRUCache({ max: 1 });
    cache.set("a", 1).set("b", 2);
    return cache.get("a") === undefined && cache.get("b") === 2;`,
  ],
  [
    "luxon",
    "3.7.2",
    "{ DateTime }",
    `return DateTime.fromISO("2024-02-28").plus({ days: 2 }).toISODate() === "2024-03-01";`,
  ],
  [
    "minimatch",
    "11.0.9",
    "{ minimatch }",
    `return minimatch("/a/b.ts", "/a/*.ts") && !minimatch("/b", "/a");`,
  ],
  [
    "mongodb",
    "7.9.0",
    "{ BSON, MongoClient }",
    `
    const client = new MongoClient("mongodb://127.0.0.1:1", { serverSelectionTimeoutMS: 300 });
    const failed = await client.connect().then(() => "", (error) => error.name);
    await client.close();
    return failed === "MongoServerSelectionError" && BSON.deserialize(BSON.serialize({ a: 1 })).a === 1;`,
  ],
  [
    "mysql2",
    "3.24.6",
    "mysql",
    `
    const failed = await new Promise((resolve) =>
      mysql.createConnection({ host: "127.0.0.1", port: 1 }).on("error", (error) => resolve(error.code)));
    return failed === "ECONNREFUSED" && mysql.format("a = ?", ["b'c"]) === "a = 'b\\\\'c'";`,
  ],
  ["nanoid", "5.1.16", "{ nanoid }", `return nanoid().length === 21 && nanoid() !== nanoid();`],
  [
    "nats",
    "2.29.3",
    "{ connect, headers }",
    `
    const failed = await connect({ servers: "127.0.0.1:1", maxReconnectAttempts: 0 }).then(() => "", (error) => error.code);
    const lines = headers();
    lines.set("a", "b");
    return failed === "CONNECTION_REFUSED" && lines.get("a") === "b";`,
  ],
  [
    "node-fetch",
    "3.3.2",
    "fetch",
    `return await withServer(async (url) =>
      (await (await fetch(url, { method: "POST", body: "x" })).json()).body === "x");`,
  ],
  [
    "openid-client",
    "6.9.0",
    "* as client",
    `
    const config = new client.Configuration({ issuer: "https://id.example", authorization_endpoint: "https://id.example/auth" }, "me");
    const challenge = await client.calculatePKCECodeChallenge(client.randomPKCECodeVerifier());
    const url = client.buildAuthorizationUrl(config, { scope: "openid", code_challenge: challenge });
    return url.searchParams.get("client_id") === "me" && challenge.length === 43;`,
  ],
  [
    "pg",
    "8.23.1",
    "pg",
    `
    const failed = await new pg.Client({ host: "127.0.0.1", port: 1, user: "a" }).connect().then(() => "", (error) => error.code);
    return failed === "ECONNREFUSED" && pg.escapeLiteral("a'b") === "'a''b'";`,
  ],
  [
    "pino",
    "10.4.0",
    "pino",
    `
    let line = "";
    pino({ base: null }, { write: (text) => line = text }).info({ a: 1 }, "hello");
    return JSON.parse(line).msg === "hello";`,
  ],
  [
    "prom-client",
    "15.1.3",
    "{ Counter, Registry }",
    `
    const registry = new Registry();
    new Counter({ name: "c", help: "h", registers: [registry] }).inc(2);
    return (await registry.metrics()).includes("c 2");`,
  ],
  ["qs", "6.17.1", "qs", `return qs.parse("a[b][]=1").a.b[0] === "1";`],
  [
    "redis",
    "6.3.1",
    "{ createClient }",
    `return await withRedis(async (port) => {
      const client = createClient({ socket: { port, host: "127.0.0.1" }, disableClientInfo: true, RESP: 2 });
      client.on("error", () => {});
      await client.connect();
      const pong = await client.ping();
      client.destroy();
      return pong === "PONG";
    });`,
  ],
  [
    "semver",
    "7.8.6",
    "semver",
    `return semver.satisfies("1.2.3", "^1.1.0") && semver.gt("2.0.0", "1.9.9");`,
  ],
  [
    "undici",
    "7.30.2",
    "{ Pool, request }",
    `return await withServer(async (url) => {
      const pool = new Pool(url, { headersTimeout: 5000 });
      const { body } = await pool.request({ path: "/", method: "POST", body: "x" });
      const one = (await body.json()).body;
      await pool.close();
      return one === "x" && (await request(url)).statusCode === 200;
    });`,
  ],
  [
    "uuid",
    "14.0.3",
    "{ v7, validate, version }",
    `const id = v7();\n    return validate(id) && version(id) === 7;`,
  ],
  [
    "winston",
    "3.19.0",
    "winston",
    `
    const logger = winston.createLogger({ transports: [new winston.transports.Console({ silent: true })] });
    const seen = new Promise((resolve) => logger.once("data", resolve));
    logger.info("hello");
    return (await seen).message === "hello";`,
  ],
  ["yaml", "2.9.1", "{ parse }", `return parse("a: [1, 2]").a[1] === 2;`],
  [
    "zod",
    "4.6.7",
    "{ z }",
    `return z.object({ a: z.number() }).safeParse({ a: "x" }).success === false;`,
  ],
];

/** All of them. */
export const TRIALS: readonly Trial[] = ROWS.map(([name, version, imported, use]) => ({
  name,
  version,
  imports: `import ${imported} from "${name}";`,
  use,
}));
