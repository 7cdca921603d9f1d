/** Copies a text. V8 keeps the whole of a text in memory as long as a part of it: a token, a header or a document. */
export function ownText(part: string): string {
  return Buffer.from(part).toString();
}
