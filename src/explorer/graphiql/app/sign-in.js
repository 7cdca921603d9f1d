// Who the explorer asks as: nobody, a persona of the development emulator, a user who signed in, or the owner of a pasted token.
import { personaSource } from '../../persona-token.js';

/** Creates the sign-in. The token is in this closure and nowhere else. */
export function createSignIn({ entra }) {
  let source;
  let user;
  let client;

  return {
    /** Returns the token of who is signed in, or undefined. */
    accessToken: async (options) => source?.obtain(options),
    canRenew: () => source?.renews !== false,
    canSignIn: entra !== undefined,
    signOut() {
      source = undefined;
    },
    /** @param name such as `finn` or `finn+c1` */
    async signInAs(name) {
      const persona = personaSource(name);
      await persona.obtain();
      source = persona;
    },
    /** Lets a user sign in at the identity provider. Returns the user's name. */
    async signIn() {
      client ??= import('./entra-sign-in.js').then(({ createEntraClient }) => createEntraClient(entra));
      const signedIn = await (await client).signIn();
      user = signedIn.source;
      source = user;
      return signedIn.name;
    },
    /** Asks as the user who signed in, after another choice. */
    becomeUser() {
      source = user;
    },
    holdToken(accessToken) {
      source = { renews: false, obtain: async () => accessToken };
    },
    /** Meets the claims challenge of a refused request. Returns whether that was possible. */
    async stepUp(challenge) {
      const [, claims] = /claims="([^"]+)"/.exec(challenge) ?? [];
      if (!claims || !source?.stepUp) return false;
      await source.stepUp(atob(claims));
      return true;
    },
  };
}
