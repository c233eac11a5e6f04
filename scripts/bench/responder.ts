// The bare responder: answers the bench's events and knows nothing of plugins. What a server adds
// to it is what the server costs. Started as `RUNTIME responder.ts SOCKET [--codec]`: without
// --codec it does not even read what comes in, with it every message is decoded and encoded.
import { createServer, type Socket } from "node:net";
import process from "node:process";
import { decode, encode } from "../../src/wire/msgpack/codec.ts";

const call = (Method: string, ...Args: unknown[]) => ({ EventId: 1, Data: { Method, Args } });

/** Results of HandleEvent and the three Steps of an event. */
const RESULTS = [
  call("kong.request.get_header", "host"),
  call("kong.client.get_ip"),
  call("kong.response.set_header", "x-bench", "1"),
  { EventId: 1, Data: "ret" },
];

/** The load's requests all carry this id. */
const READY_MADE = RESULTS.map((result) => encode([1, 7, null, result]));

/** How an event's message is answered, by the number of messages before it in its event. */
const answerTo = process.argv[3] === "--codec"
  ? (bytes: Uint8Array, turn: number) => {
    const [, id] = decode(bytes) as [number, number];
    return encode([1, id, null, RESULTS[turn]]);
  }
  : (_bytes: Uint8Array, turn: number) => READY_MADE[turn]!;

function serve(socket: Socket): void {
  let turn = 0;
  let begun = false;
  socket.on("data", (bytes) => {
    // The load starts its instance on a connection that it uses for nothing else.
    if (!begun && bytes.includes("StartInstance")) {
      return void socket.write(encode([1, 7, null, { Id: 1 }]));
    }
    begun = true;
    socket.write(answerTo(bytes, turn));
    turn = (turn + 1) % RESULTS.length;
  });
  socket.on("error", () => socket.destroy());
}

createServer(serve).listen(process.argv[2]);
