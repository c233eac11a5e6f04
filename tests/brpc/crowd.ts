// Connects to a port of this machine so many times, and says nothing: crowd.ts PORT COUNT.
import net from "node:net";
import process from "node:process";

/** Connections that are begun at once: less than what a listener has room for. */
const AT_ONCE = 100;

const [port, count] = process.argv.slice(2).map(Number) as [number, number];

/** Settles with what kept it from connecting. */
function connect(): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = net.connect({ host: "127.0.0.1", port }, () => resolve(undefined));
    socket.on("error", ({ message }) => resolve(message));
  });
}

/** Settles with the number of connections: fewer where not so many files may be open. */
async function crowd(): Promise<number> {
  for (let connected = 0; connected < count; connected += AT_ONCE) {
    const results = await Promise.all(Array.from({ length: AT_ONCE }, connect));
    const failed = results.filter((result) => result !== undefined).length;
    if (failed > 0) return connected + AT_ONCE - failed;
  }
  return count;
}

console.log(`connected ${await crowd()}`);
process.stdin.resume();
