// A crowd of idle connections to a server, as a process: `idle_crowd.ts JSON` with a CrowdOrder. Says
// "connected" when all of them have been served once, and leaves when its stdin ends.
import { connect, type Socket } from "node:net";
import process from "node:process";
import { request } from "./messages.ts";

/** How large a crowd. */
export interface CrowdOrder {
  readonly socket: string;
  readonly connections: number;
}

/** Connections that are made at once: no more than a listener has room for. */
const AT_ONCE = 100;

/** Connects, asks for something, and stays when it is there: Kong's connections were all used once. */
function stay(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path, () => socket.write(request("GetStatus", undefined)));
    socket.once("data", () => resolve(socket));
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("the server closed an idle connection")));
  });
}

async function main({ socket, connections }: CrowdOrder): Promise<void> {
  for (let there = 0; there < connections; there += AT_ONCE) {
    const some = Math.min(AT_ONCE, connections - there);
    const sockets = await Promise.all(Array.from({ length: some }, () => stay(socket)));
    // From now on the end of one of them is a failure of the whole.
    for (const one of sockets) one.once("close", () => process.exit(2));
  }
  console.log("connected");
  process.stdin.resume().once("end", () => process.exit(0));
}

try {
  await main(JSON.parse(process.argv[2] ?? ""));
} catch (error) {
  console.error(error);
  process.exit(1);
}
