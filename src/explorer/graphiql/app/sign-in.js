// Who the explorer asks as: nobody, a persona of the development emulator, a user who signed in, or the owner of a pasted token.

/** Renews a persona's token when this much of its life is left. */
const RENEW_BEFORE_MS = 5 * 60_000;

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

function personaSource(name) {
  let held;
  return {
    async obtain({ renew = false } = {}) {
      if (renew || !held || Date.now() > held.untilMs) {
        const { accessToken, expiresInSeconds } = await personaToken(name);
        held = { accessToken, untilMs: Date.now() + expiresInSeconds * 1000 - RENEW_BEFORE_MS };
      }
      return held.accessToken;
    },
  };
}

/** Asks this server, which asks the emulator. Only a page of this server can send the header. */
async function personaToken(name) {
  const response = await fetch('/explorer/token', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-explorer': '1' },
    body: JSON.stringify({ persona: name }),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.errors?.[0]?.message ?? 'No token was issued.');
  return answer;
}
