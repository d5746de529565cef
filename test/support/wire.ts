import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** What lies between a process and its database. */
export interface Wire {
  /** The database's URL at this end. */
  url: string;
  /** From now on nothing comes through in either direction, and nobody is told. */
  silence(): void;
  /** Cuts every connection, and every new one at once. */
  cut(): void;
  /** New connections work again; those that were silenced end. */
  mend(): void;
  close(): Promise<void>;
}

/** A wire to the server of a URL that can fail as networks do. Loopback, random port. */
export async function startWire(databaseUrl: string): Promise<Wire> {
  const far = new URL(databaseUrl);
  const open = new Set<Socket>();
  let state: "whole" | "silent" | "cut" = "whole";
  const keep = (socket: Socket) => {
    open.add(socket);
    socket.on("error", () => {}).on("close", () => open.delete(socket));
  };
  const server = createServer((near) => {
    keep(near);
    if (state === "cut") return void near.destroy();
    if (state === "silent") return void near.pause();
    const beyond = connect(Number(far.port), far.hostname);
    keep(beyond);
    near.pipe(beyond).pipe(near);
    near.on("close", () => state !== "silent" && beyond.destroy());
    beyond.on("close", () => state !== "silent" && near.destroy());
  });
  const endAll = () => {
    for (const socket of open) socket.destroy();
  };
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = new URL(databaseUrl);
  url.hostname = "127.0.0.1";
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    silence() {
      state = "silent";
      for (const socket of open) socket.unpipe().pause();
    },
    cut() {
      state = "cut";
      endAll();
    },
    mend() {
      if (state === "silent") endAll();
      state = "whole";
    },
    async close() {
      endAll();
      server.close();
      await once(server, "close");
    },
  };
}
