/**
 * A TCP proxy that stands in for a network link: what goes through it can be cut
 * and joined again. While it is cut, connections stay open and nothing passes, as
 * when a cable is pulled; what was under way arrives late.
 */
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

export interface Door extends AsyncDisposable {
  /** Where to dial. */
  readonly port: number;
  cut(): void;
  join(): void;
}

/** Opens a door to `target` on loopback. */
export async function openDoor(target: number): Promise<Door> {
  const sockets = new Set<Socket>();
  let isCut = false;
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.setNoDelay(true);
    if (isCut) socket.pause();
    socket.on("error", () => undefined); // The other half is ended below.
    socket.on("close", () => sockets.delete(socket));
  };
  const server = createServer((near) => {
    const far = connect(target, "127.0.0.1");
    keep(near);
    keep(far);
    forward(near, far);
    forward(far, near);
  });
  const forward = (from: Socket, to: Socket): void => {
    from.on("data", (chunk: Buffer) => {
      if (!to.write(chunk)) from.pause();
    });
    to.on("drain", () => {
      if (!isCut) from.resume();
    });
    // A cut link tells nobody that the other end has gone.
    from.on("close", () => void (isCut ? undefined : to.destroy()));
  };
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address !== "object") throw new Error("the door has no port");
  return {
    port: address.port,
    cut() {
      isCut = true;
      for (const socket of sockets) socket.pause();
    },
    join() {
      isCut = false;
      for (const socket of sockets) socket.resume();
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
