import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** What stands before several servers: one address, each connection to the next one that takes it. */
export interface Balancer {
  url: string;
  /** Cuts all connections and refuses new ones until `open`. */
  shut(): Promise<void>;
  open(): Promise<void>;
  close(): Promise<void>;
}

/** Passes connections on, byte for byte. A server that dies takes its connections along; nothing is sent twice. */
export async function startBalancer(ports: () => number[]): Promise<Balancer> {
  let turn = 0;
  const open = new Set<Socket>();
  const server = createServer((incoming) => {
    open.add(incoming);
    incoming.on("close", () => open.delete(incoming)).on("error", () => {});
    const all = ports();
    const order = all.map((_, place) => all[(place + turn) % all.length] as number);
    turn += 1;
    passOn(incoming, order);
  });
  const listen = async (port: number) => {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
  };
  const shut = async () => {
    if (!server.listening) return;
    const closed = once(server, "close");
    server.close();
    for (const socket of open) socket.destroy();
    await closed;
  };
  await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    shut,
    open: async () => void (server.listening || (await listen(port))),
    close: shut,
  };
}

function passOn(incoming: Socket, [port, ...others]: number[]): void {
  if (port === undefined) return void incoming.destroy();
  const outgoing = connect(port, "127.0.0.1");
  let connected = false;
  outgoing.on("connect", () => {
    connected = true;
    incoming.pipe(outgoing);
    outgoing.pipe(incoming);
  });
  outgoing.on("error", () => {
    if (connected) incoming.destroy();
    else passOn(incoming, others);
  });
  outgoing.on("close", () => connected && incoming.destroy());
  incoming.on("close", () => outgoing.destroy());
}
