/** A value and when it was learnt, in epoch milliseconds. */
export interface Remembered<Value> {
  value: Value;
  at: number;
}

/** A map that forgets what was written longest ago once it holds `most` entries, so that callers cannot make it grow. */
export function createMemory<Value>(most: number): {
  get(key: string): Remembered<Value> | undefined;
  set(key: string, entry: Remembered<Value>): void;
  delete(key: string): void;
} {
  const entries = new Map<string, Remembered<Value>>();
  return {
    get: (key) => entries.get(key),
    set: (key, entry) => {
      entries.delete(key);
      entries.set(key, entry);
      if (entries.size > most) for (const oldest of entries.keys()) return void entries.delete(oldest);
    },
    delete: (key) => void entries.delete(key),
  };
}
