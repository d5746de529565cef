/** An answer Chatwoot gives instead of doing what was asked; thrown anywhere below a route. */
export class Refusal extends Error {
  readonly status: number;
  readonly body: object;

  constructor(status: number, body: object) {
    super(JSON.stringify(body));
    this.status = status;
    this.body = body;
  }
}

/** 404 for anything missing, also for what belongs to another account. */
export const notFound = (): Refusal => new Refusal(404, { error: "Resource could not be found" });

/** 401, not 403, when the role or the membership is missing. */
export const notAuthorized = (): Refusal => new Refusal(401, { error: "You are not authorized to do this action" });

/** 422 with one sentence: a missing parameter, or any failure in creating a message. */
export const unprocessable = (error: string): Refusal => new Refusal(422, { error });

/** 422 of an invalid record, which has another shape. */
export const invalid = (message: string, attributes: string[]): Refusal => new Refusal(422, { message, attributes });
