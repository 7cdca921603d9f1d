/** The part of the package that the server uses. It has no types of its own. */
declare module 'negotiator' {
  export default class Negotiator {
    constructor(request: { readonly headers: { readonly accept: string } });
    /** Returns the offered type that the client likes best. */
    mediaType(offered: readonly string[]): string | undefined;
  }
}
