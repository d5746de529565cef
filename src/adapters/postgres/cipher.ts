import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { Problem } from "../../core/problem.ts";

export interface Cipher {
  encrypt(text: string): string;
  decrypt(sealed: string): string;
}

const IV_BYTES = 12;
const TAG_BYTES = 16;

/** AES-256-GCM under `ENCRYPTION_KEY` (64 hex digits). A sealed text is base64 of iv, tag and ciphertext. */
export function createCipher(keyHex: string): Cipher {
  const key = Buffer.from(keyHex, "hex");
  return {
    encrypt(text) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv("aes-256-gcm", key, iv);
      const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
      return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString("base64");
    },
    decrypt(sealed) {
      const bytes = Buffer.from(sealed, "base64");
      const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, IV_BYTES));
      decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
      try {
        return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]).toString("utf8");
      } catch (cause) {
        throw new Problem("unavailable", "A stored token does not open with this ENCRYPTION_KEY; operators have to sign in again.", {
          cause,
        });
      }
    },
  };
}
