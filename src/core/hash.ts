import { createHash } from "node:crypto";

/** sha256 of a text's UTF-8 bytes in hex: kept with the decision, compared before sending. */
export function sha256Hex(text: string): string {
  return createHash("sha256").update(text, "utf8").digest("hex");
}

/** Is this text a UUID, of whatever version and in whatever case? */
export const isUuid = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);

/** A version-8 UUID made of a hash (RFC 9562): the same bytes always have the same one. */
export function uuidOf(bytes: string | Uint8Array): string {
  const hex = createHash("sha256").update(bytes).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
