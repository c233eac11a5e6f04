// The OpenAPI description of the hub's HTTP API, as GET /openapi.json gives it.

const json = (schema: object, description: string) => ({
  description,
  content: { "application/json": { schema } },
});
const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const problem = (description: string) => json(ref("Problem"), description);
const path = (name: string, description: string) => ({
  name,
  in: "path",
  required: true,
  description,
  schema: { type: "string" },
});

const PLUGIN = path("plugin", "Name of a connected plugin");
const METHOD = path("method", "Name of a method");
const TRACE = {
  name: "X-Trace-Id",
  in: "header",
  description: "Trace id, which reaches the method",
  schema: { type: "string" },
};
const TIMEOUT = {
  name: "timeout",
  in: "query",
  description: "When the call is given up, in seconds; 60 if left out",
  schema: { type: "number", exclusiveMinimum: 0 },
};
const ARGUMENT = {
  description: "The argument; none if the body is empty",
  content: { "application/json": { schema: {} } },
};
const FORBIDDEN = problem("The request is not of this machine");
const UNAUTHORIZED = problem("The request does not show the token");
const NO_PLUGIN = problem("There is no such plugin");
const BAD = problem("The body is no JSON, or the timeout no time, or as below");
const STRANGE = problem("There is no such query parameter, or the trace id is too long");

/** The description, as `GET /openapi.json` gives it. */
export const OPENAPI = {
  openapi: "3.1.0",
  info: {
    title: "gibbon hub",
    version: "1",
    description:
      "Calls the plugins of a hub. On loopback, and with a token on other addresses. Where there is a " +
      "token, requests without it get a 401. On loopback requests with a Host or an Origin " +
      "that is not this machine get a 403. Other paths get a 404, other methods a 405, paths " +
      "that are not encoded as URLs, query parameters that are not named here and trace ids that are " +
      "too long are a 400; HEAD is answered as GET; errors all have the same shape.",
  },
  security: [{}, { token: [] }],
  paths: {
    "/plugins": {
      get: {
        operationId: "listPlugins",
        summary: "The connected plugins, without their functions",
        responses: {
          200: json({ type: "array", items: ref("Plugin") }, "The plugins"),
          400: STRANGE,
          401: UNAUTHORIZED,
          403: FORBIDDEN,
        },
      },
    },
    "/plugins/{plugin}": {
      parameters: [PLUGIN],
      get: {
        operationId: "getPlugin",
        summary: "A plugin with its functions",
        responses: {
          200: json(ref("Plugin"), "The plugin"),
          400: STRANGE,
          401: UNAUTHORIZED,
          403: FORBIDDEN,
          404: NO_PLUGIN,
        },
      },
      delete: {
        operationId: "unplug",
        summary: "Tell a plugin to finish its calls and leave; answered when it is gone",
        parameters: [TRACE],
        responses: {
          204: { description: "It is gone" },
          400: STRANGE,
          401: UNAUTHORIZED,
          403: FORBIDDEN,
          404: NO_PLUGIN,
        },
      },
    },
    "/plugins/{plugin}/call/{method}": {
      parameters: [PLUGIN, METHOD],
      post: {
        operationId: "call",
        summary: "Call a method of a plugin",
        parameters: [TRACE, TIMEOUT],
        requestBody: ARGUMENT,
        responses: {
          200: json({}, "What the method gave"),
          204: { description: "The method gave nothing" },
          400: BAD,
          401: UNAUTHORIZED,
          403: FORBIDDEN,
          404: problem("There is no such plugin, or it has no such method"),
          413: problem("The argument is longer than a message may be"),
          502: problem("The method gave an error, or the plugin went away"),
          503: problem("The plugin is being stopped, or too much is under way on it"),
          504: problem("The call took too long"),
        },
      },
    },
    "/broadcast/{method}": {
      parameters: [METHOD],
      post: {
        operationId: "broadcast",
        summary: "Call a method of all plugins",
        parameters: [TRACE, TIMEOUT],
        requestBody: ARGUMENT,
        responses: {
          200: json(
            { type: "object", additionalProperties: ref("Result") },
            "What came of each plugin, by its name",
          ),
          400: BAD,
          401: UNAUTHORIZED,
          403: FORBIDDEN,
          413: problem("The argument is longer than a message may be"),
        },
      },
    },
    "/async": {
      get: {
        operationId: "async",
        summary: "The values that plugins send by themselves, from now on",
        description:
          "Server-sent events; the data of each is an AsyncData as JSON. A reader that " +
          "takes nothing for 5 seconds while values wait misses the oldest.",
        responses: {
          200: {
            description: "The events",
            content: { "text/event-stream": { schema: { type: "string" } } },
          },
          400: STRANGE,
          401: UNAUTHORIZED,
          403: FORBIDDEN,
          503: problem("There are too many readers"),
        },
      },
    },
    "/openapi.json": {
      get: {
        operationId: "describe",
        summary: "This description",
        responses: {
          200: json({ type: "object" }, "The description"),
          400: STRANGE,
          401: UNAUTHORIZED,
          403: FORBIDDEN,
        },
      },
    },
  },
  components: {
    securitySchemes: { token: { type: "http", scheme: "bearer" } },
    schemas: {
      Plugin: {
        type: "object",
        required: ["name", "version"],
        properties: {
          name: { type: "string" },
          version: { type: "string" },
          functions: { type: "object", additionalProperties: ref("Function") },
          hub: {
            type: "string",
            description: "The hub that it is connected to, where hubs are joined",
          },
        },
      },
      Function: {
        type: "object",
        required: ["name"],
        properties: { name: { type: "string" }, input: ref("Entity"), output: ref("Entity") },
      },
      Entity: {
        type: "object",
        required: ["name", "type", "mandatory", "fields"],
        properties: {
          name: { type: "string" },
          type: {
            type: "string",
            description: "string, bool, int, float64, interface, struct, []T or map[K]T",
          },
          mandatory: { type: "boolean" },
          fields: { type: "array", items: ref("Entity") },
        },
      },
      Result: {
        type: "object",
        description: "Has an error if the call failed; the result is null if there is none",
        properties: { result: {}, error: ref("Error") },
      },
      AsyncData: {
        type: "object",
        required: ["name"],
        properties: { name: { type: "string" }, payload: {} },
      },
      Error: {
        type: "object",
        required: ["code", "message"],
        properties: { code: { type: "string" }, message: { type: "string" } },
      },
      Problem: { type: "object", required: ["error"], properties: { error: ref("Error") } },
    },
  },
} as const;
