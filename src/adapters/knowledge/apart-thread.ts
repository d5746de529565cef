import { parentPort, workerData } from "node:worker_threads";
import type { Work } from "./apart.ts";
import { cutIntoPassages } from "./passages.ts";
import { readText } from "./readers.ts";

type Order = { [Kind in keyof Work]: { kind: Kind; work: Work[Kind] } }[keyof Work];

/** One text, read or cut; what it throws, the thread that asked hears. */
const order = workerData as Order;
parentPort?.postMessage(
  order.kind === "read" ? readText(order.work.file, order.work.text) : cutIntoPassages(order.work.text, order.work.title),
);
