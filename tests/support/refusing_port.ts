// A port on which nobody listens, and on which nobody can: a port that was merely freed is soon another's.
import net, { type AddressInfo } from "node:net";

/** A port that refuses connections until it is closed. */
export interface RefusingPort {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Holds a port of 127.0.0.1: the near end of a connection to a listener of its own. It is taken, so
 * that the system gives it to no listener, and it does not listen, so that connections are refused.
 */
export async function holdRefusingPort(): Promise<RefusingPort> {
  const listener = net.createServer();
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const accepted = new Promise<net.Socket>((resolve) => listener.once("connection", resolve));
  const near = net.connect((listener.address() as AddressInfo).port, "127.0.0.1");
  await new Promise((resolve, reject) => near.once("connect", resolve).once("error", reject));
  const far = await accepted;
  return {
    port: near.localPort ?? 0,
    close: () => {
      near.destroy();
      far.destroy();
      return new Promise((resolve) => listener.close(() => resolve()));
    },
  };
}
