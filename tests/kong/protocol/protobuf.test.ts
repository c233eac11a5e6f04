// ProtoBuf:1: its commands, the events that own their connections, and how both end.
import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import * as messages from "../../../src/kong/protocol/protobuf/generated/messages.ts";
import { isFailure, serveProtobuf, type TestHandler, text } from "../support/protobuf_server.ts";

const servers: { close(reason: string): Promise<void> }[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close("the test is over");
});

/** Asks for the method, then for the path. */
const twoCalls: TestHandler = async (event) => {
  await event.call("kong.request.get_method", []);
  await event.call("kong.request.get_path", []);
};

function serve(handler: TestHandler = twoCalls, options: Parameters<typeof serveProtobuf>[1] = {}) {
  const started = serveProtobuf(handler, options);
  servers.push(started.server);
  return started;
}

describe("the commands", () => {
  test("tell the plugins", async () => {
    const client = serve().connectProtobuf();
    assert.deepEqual(await client.command({ $case: "cmd_get_plugin_names", value: {} }), {
      $case: "plugin_names",
      value: { names: ["guard"] },
    });
    const info = await client.command({
      $case: "cmd_get_plugin_info",
      value: { name: "guard" },
    });
    const { schema, ...rest } = (info as { value: messages.PluginInfo }).value;
    assert.deepEqual(rest, {
      name: "guard",
      updated_at: 0,
      loaded_at: 0,
      phases: ["access", "log"],
      version: "1.0.0",
      priority: 0,
    });
    assert.deepEqual(JSON.parse(schema), {
      name: "guard",
      fields: [{ config: { type: "record", fields: [] } }],
    });
  });

  test("start, tell of and close instances, whichever protocol they are started over", async () => {
    const { connectProtobuf, connect, server } = serve();
    const client = connectProtobuf();
    const instance_id = await client.start("guard", { message: "žluť" });
    assert.deepEqual(server.instances.get(instance_id).status.config, { message: "žluť" });
    const status = await client.command({
      $case: "cmd_get_instance_status",
      value: { instance_id },
    });
    const { started_at, ...rest } = (status as { value: messages.InstanceStatus }).value;
    assert.deepEqual(rest, { name: "guard", instance_id, config: undefined });
    assert.ok(Math.abs(Date.now() / 1000 - started_at) < 60);
    const closing = { $case: "cmd_close_instance", value: { instance_id } } as const;
    assert.deepEqual(await client.command(closing), status);
    assert.equal(server.instances.size, 0);
    const other = await connect().start("guard");
    client.handle(other);
    assert.equal((await client.call()).method, "kong.request.get_method");
  });

  test("close an instance that is gone without more ado", async () => {
    const client = serve().connectProtobuf();
    const closing = { $case: "cmd_close_instance", value: { instance_id: 12 } } as const;
    assert.equal(await client.command(closing), undefined);
  });

  const failing: Readonly<Record<string, [call: messages.RpcCall["call"], log: RegExp]>> = {
    "an instance of an unknown plugin": [
      { $case: "cmd_start_instance", value: { name: "../x", config: Uint8Array.of(0x7b, 0x7d) } },
      /no plugin "\.\.\/x"/,
    ],
    "an instance with a broken configuration": [
      { $case: "cmd_start_instance", value: { name: "guard", config: Uint8Array.of(0x7b) } },
      /configuration of guard is not JSON/,
    ],
    "the status of an unknown instance": [
      { $case: "cmd_get_instance_status", value: { instance_id: 5 } },
      /No plugin instance 5/,
    ],
    "the info of an unknown plugin": [
      { $case: "cmd_get_plugin_info", value: { name: "nobody" } },
      /no plugin "nobody"/,
    ],
    "an event of an unknown instance": [
      { $case: "cmd_handle_event", value: { instance_id: 5, event_name: "access" } },
      /No plugin instance 5/,
    ],
  };
  for (const [what, [call, log]] of Object.entries(failing)) {
    test(`leave the connection where they fail: ${what}`, async () => {
      const { connectProtobuf, entries } = serve();
      const client = connectProtobuf();
      client.send(call);
      // Not torn down: Kong has to read "closed", and nothing else.
      assert.equal(await client.left(), "end");
      assert.deepEqual(client.frames, []);
      assert.match(entries.join("\n"), log);
    });
  }
});

describe("an event", () => {
  test("owns its connection until it is over, and leaves it to the next one", async () => {
    const { connectProtobuf, server } = serve();
    const client = connectProtobuf();
    const id = await client.start("guard");
    for (let round = 0; round < 3; round++) {
      const sequence = client.handle(id);
      assert.equal((await client.call()).method, "kong.request.get_method");
      client.answer(text("GET"));
      assert.equal((await client.call()).method, "kong.request.get_path");
      client.answer(text("/"));
      assert.equal(await client.turn(), sequence);
    }
    assert.equal(server.events.size, 0);
    assert.equal(client.closed, undefined);
  });

  test("is not mixed up with those on other connections", async () => {
    const seen: string[] = [];
    const { connectProtobuf } = serve(async (event) => {
      seen.push(String(await event.call("kong.request.get_path", [])));
    });
    const id = await connectProtobuf().start("guard");
    const clients = Array.from({ length: 50 }, () => connectProtobuf());
    const sequences = clients.map((client) => client.handle(id));
    for (const client of clients) await client.call();
    for (const [index, client] of [...clients.entries()].reverse()) {
      client.answer(text(`/${index}`));
    }
    for (const [index, client] of clients.entries()) {
      assert.equal(await client.turn(), sequences[index]);
    }
    assert.deepEqual(seen, clients.map((_, index) => `/${49 - index}`));
  });

  test("echoes the number of its command, however large", async () => {
    const { connectProtobuf } = serve(() => {});
    const client = connectProtobuf();
    const value = { instance_id: await client.start("guard"), event_name: "access" };
    for (const sequence of [0, 1, 2 ** 31, 2 ** 53 - 1, -1]) {
      const call = { $case: "cmd_handle_event", value } as const;
      client.answer(messages.RpcCall.encode({ sequence, call }).finish());
      assert.equal(await client.turn(), sequence);
    }
  });

  test("sends calls that are not awaited one at a time, and ends after the last answer", async () => {
    const { connectProtobuf } = serve((event) => {
      for (const k of ["a", "b", "c"]) void event.call("kong.response.clear_header", [k]);
    });
    const client = connectProtobuf();
    const sequence = client.handle(await client.start("guard"));
    for (const expected of ["a", "b", "c"]) {
      const { args } = await client.call();
      assert.equal(messages.String.decode(args).v, expected);
      assert.deepEqual(client.frames, []);
      client.answer();
    }
    assert.equal(await client.turn(), sequence);
  });

  test("of a phase that the plugin does not have stops its request", async () => {
    const { connectProtobuf, entries } = serve();
    const client = connectProtobuf();
    client.handle(await client.start("guard"), "response");
    assert.ok(isFailure(await client.call()));
    assert.match(entries.join("\n"), /the request is stopped.*PHASE_UNSUPPORTED/);
  });

  test("of a phase that Kong does not have is over at once", async () => {
    const { connectProtobuf, entries } = serve();
    const client = connectProtobuf();
    const sequence = client.handle(await client.start("guard"), "nothing");
    assert.equal(await client.turn(), sequence);
    assert.match(entries.join("\n"), /PHASE_UNSUPPORTED/);
  });

  test("past the limit stops its request, or goes on where nothing is guarded", async () => {
    const { connectProtobuf, server } = serve(twoCalls, { limits: { events: 1 } });
    const client = connectProtobuf();
    const id = await client.start("guard");
    client.handle(id);
    await client.call();
    const other = connectProtobuf();
    other.handle(id);
    assert.ok(isFailure(await other.call()));
    const log = connectProtobuf();
    const sequence = log.handle(id, "log");
    assert.equal(await log.turn(), sequence);
    assert.equal(server.events.size, 1);
  });

  test("while the server stops is refused, and so are instances", async () => {
    const { connectProtobuf, server } = serve();
    const client = connectProtobuf();
    const id = await client.start("guard");
    server.drain();
    client.handle(id);
    assert.ok(isFailure(await client.call()));
    const other = connectProtobuf();
    await assert.rejects(other.start("guard"), /closed the connection/);
  });
});

describe("a plugin that fails stops the request, and the connection stays", () => {
  const failing: Readonly<Record<string, TestHandler>> = {
    "by throwing": () => {
      throw new Error("on purpose");
    },
    "by rejecting": () => Promise.reject(new Error("on purpose")),
    "after a call": async (event) => {
      await event.call("kong.request.get_method", []);
      throw new Error("on purpose");
    },
    "while a call is out": async (event) => {
      void event.call("kong.request.get_method", []).catch(() => {});
      await Promise.reject(new Error("on purpose"));
    },
  };
  for (const [how, handler] of Object.entries(failing)) {
    for (const onError of ["fail", "continue"] as const) {
      test(`${how}, with onError ${onError}`, async () => {
        const { connectProtobuf, server, entries } = serve(handler, { onError });
        const client = connectProtobuf();
        const sequence = client.handle(await client.start("guard"));
        let turn = await client.turn();
        if (typeof turn !== "number" && turn.method === "kong.request.get_method") {
          client.answer(text("GET"));
          turn = await client.turn();
        }
        if (onError === "continue") assert.equal(turn, sequence);
        else assert.ok(typeof turn !== "number" && isFailure(turn));
        assert.equal(client.closed, undefined);
        assert.equal(server.events.size, 0);
        assert.match(entries.join("\n"), /on purpose/);
      });
    }
  }

  test("but not in log, where it is over", async () => {
    const { connectProtobuf } = serve(failing["by throwing"]!);
    const client = connectProtobuf();
    const sequence = client.handle(await client.start("guard"), "log");
    assert.equal(await client.turn(), sequence);
  });

  test("by taking too long", async () => {
    const { connectProtobuf, server } = serve(() => new Promise(() => {}), { deadline: 1 });
    const client = connectProtobuf();
    client.handle(await client.start("guard"));
    assert.ok(isFailure(await client.call()));
    assert.equal(server.events.size, 0);
  });

  test("when Kong answers a call after the deadline", async () => {
    const { connectProtobuf, begun } = serve(twoCalls, { deadline: 1 });
    const client = connectProtobuf();
    client.handle(await client.start("guard"));
    await client.call();
    const { signal } = begun[0]!;
    if (!signal.aborted) {
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
    }
    client.answer(text("GET"));
    assert.ok(isFailure(await client.call()));
    assert.equal(begun[0]!.end, "timed-out");
  });
});

describe("kong.response.exit", () => {
  const leaves: TestHandler = async (event) => {
    await event.call("kong.request.get_method", []);
    event.call("kong.response.exit", [403, "no way"], { final: true });
  };

  test("ends the event: Kong does not answer and drops the connection", async () => {
    const { connectProtobuf, server, begun, entries } = serve(leaves);
    const client = connectProtobuf();
    client.handle(await client.start("guard"));
    await client.call();
    client.answer(text("GET"));
    const { method, args } = await client.call();
    assert.equal(method, "kong.response.exit");
    assert.equal(messages.ExitArgs.decode(args).status, 403);
    assert.equal(begun[0]!.end, "exited");
    assert.equal(server.events.size, 0);
    client.leave();
    assert.doesNotMatch(entries.join("\n"), /left an event|\[(warn|error)\]/);
  });

  test("ends the event as usual if Kong answers all the same", async () => {
    const { connectProtobuf } = serve(leaves);
    const client = connectProtobuf();
    const id = await client.start("guard");
    for (let round = 0; round < 2; round++) {
      const sequence = client.handle(id);
      await client.call();
      client.answer(text("GET"));
      await client.call();
      client.answer();
      assert.equal(await client.turn(), sequence);
    }
  });

  test("stops the request also with arguments that cannot be sent", async () => {
    const { connectProtobuf, entries } = serve((event) => {
      event.call("kong.response.exit", ["teapot", "x"], { final: true });
    });
    const client = connectProtobuf();
    client.handle(await client.start("guard"));
    assert.ok(isFailure(await client.call()));
    assert.match(entries.join("\n"), /could not end as it wanted; the request is stopped/);
  });
});

describe("a gateway that goes away", () => {
  test("instead of answering fails the call at once", async () => {
    let error: unknown;
    const { connectProtobuf, server, begun, entries } = serve(async (event) => {
      await event.call("kong.router.get_route", []).catch((reason) => error = reason);
    });
    const client = connectProtobuf();
    client.handle(await client.start("guard"));
    await client.call();
    client.leave();
    assert.equal(server.events.size, 0);
    assert.equal(begun[0]!.end, "abandoned");
    await Promise.resolve();
    assert.match(
      String(error),
      /closed the connection instead of answering kong\.router\.get_route/,
    );
    assert.match(entries.join("\n"), /instead of answering kong\.router\.get_route/);
  });

  test("while the handler works ends the event", async () => {
    const { connectProtobuf, server, begun } = serve((event) => {
      void event.signal;
      return new Promise(() => {});
    });
    const client = connectProtobuf();
    client.handle(await client.start("guard"));
    assert.equal(server.events.size, 1);
    client.leave();
    assert.equal(server.events.size, 0);
    assert.equal(begun[0]!.signal.aborted, true);
    assert.deepEqual(client.frames, []);
  });

  test("in the middle of a frame leaves nothing", async () => {
    const { connectProtobuf, server } = serve();
    const client = connectProtobuf();
    client.handle(await client.start("guard"));
    await client.call();
    client.feed(Uint8Array.of(5, 0, 0, 0, 0x0a));
    client.leave();
    assert.equal(server.events.size, 0);
  });

  test("while an instance starts gets no answer", async () => {
    const { connectProtobuf } = serve();
    const client = connectProtobuf();
    const started = client.start("guard");
    started.catch(() => {});
    client.leave();
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(client.frames, []);
  });

  test("or does not read is cut off, with its event", async () => {
    const { connectProtobuf, server, begun } = serve();
    const client = connectProtobuf();
    const id = await client.start("guard");
    client.unsentBytes = 1e12;
    client.handle(id);
    assert.equal(client.closed, "destroy");
    assert.equal(begun[0]!.end, "abandoned");
    assert.equal(server.events.size, 0);
  });
});

describe("an answer that cannot be read", () => {
  test("fails the call, and the event goes on", async () => {
    const errors: unknown[] = [];
    const { connectProtobuf } = serve(async (event) => {
      await event.call("kong.request.get_method", []).catch((error) => errors.push(error));
      await event.call("kong.request.get_headers", []).catch((error) => errors.push(error));
    });
    const client = connectProtobuf();
    const sequence = client.handle(await client.start("guard"));
    await client.call();
    client.answer(Uint8Array.of(0x0a, 0x10, 0x61));
    await client.call();
    client.answer(Uint8Array.of(0x0b));
    assert.equal(await client.turn(), sequence);
    assert.match(String(errors[0]), /kong\.request\.get_method: Kong's answer cannot be read: /);
    assert.match(String(errors[1]), /kong\.request\.get_headers: Kong's answer cannot be read: /);
    assert.equal((errors[0] as { code: string }).code, "PDK_FAILED");
  });
});
