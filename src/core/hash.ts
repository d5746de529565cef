import { createHash } from "node:crypto";

/** sha256 of a text's UTF-8 bytes in hex: kept with the decision, compared before sending. */
export function sha256Hex(text: string): string {
  return createHash("sha256").update(text, "utf8").digest("hex");
}
