/** One statement as it is sent to the database. Values travel beside the text and are never part of it. */
export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}
