const TEXT_OID = 25;
const HEADER_BYTES = 20;
const NULL_LENGTH = -1;

/**
 * PostgreSQL's binary form of a `text[]`: numbers in network order, each element its length and its bytes. It needs no quoting, so that
 * neither we nor the server look at every character of a long text. Pass it as a value where a statement says `$1::text[]`.
 */
export function textArray(elements: (string | null)[]): Buffer {
  const lengths = elements.map((element) => (element === null ? NULL_LENGTH : Buffer.byteLength(element)));
  const array = Buffer.allocUnsafe(lengths.reduce((sum, length) => sum + 4 + Math.max(0, length), HEADER_BYTES));
  array.writeInt32BE(1, 0); // dimensions
  array.writeInt32BE(lengths.includes(NULL_LENGTH) ? 1 : 0, 4);
  array.writeInt32BE(TEXT_OID, 8);
  array.writeInt32BE(elements.length, 12);
  array.writeInt32BE(1, 16); // number of the first element
  let at = HEADER_BYTES;
  elements.forEach((element, index) => {
    at = array.writeInt32BE(lengths[index] ?? NULL_LENGTH, at);
    if (element !== null) at += array.write(element, at);
  });
  return array;
}
