/** Thrown by a step that cannot go on yet, though nothing failed: its job is tried again after the seconds given. */
export class Later extends Error {
  readonly afterSeconds: number;

  constructor(afterSeconds: number, message: string) {
    super(message);
    this.name = "Later";
    this.afterSeconds = afterSeconds;
  }
}
