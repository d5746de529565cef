/** Something that must not be, and where to look. */
export interface Violation {
  conversation?: number;
  message?: number;
  approval?: string;
  what: string;
}
