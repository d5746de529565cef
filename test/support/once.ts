import { eventually } from "./eventually.ts";

/** The rows as soon as there are that many of them. */
export async function answerOnce<Row>(read: () => Promise<Row[]>, count: number): Promise<Row[]> {
  let rows: Row[] = [];
  await eventually(
    () => `${count} rows; there are ${rows.length}`,
    async () => {
      rows = await read();
      return rows.length >= count;
    },
  );
  return rows;
}
