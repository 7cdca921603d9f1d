// Who the explorer asks as: nobody, a persona of the development emulator, or the owner of a pasted token.

/** Renews a persona's token this long before its hour is over. */
const RENEW_AFTER_MS = 50 * 60_000;

/** Creates the sign-in. The token is in this closure and nowhere else. */
export function createSignIn() {
  let source;
  let held;

  async function obtain() {
    held = { accessToken: await source.obtain(), sinceMs: Date.now() };
    return held.accessToken;
  }

  return {
    /** Returns the token of who is signed in, or undefined. */
    async accessToken({ renew = false } = {}) {
      if (!source) return undefined;
      const isOld = !held || Date.now() - held.sinceMs > RENEW_AFTER_MS;
      return renew || isOld ? obtain() : held.accessToken;
    },
    canRenew: () => source?.renews === true,
    signOut() {
      source = undefined;
      held = undefined;
    },
    /** @param name such as `finn` or `finn+c1` */
    async signInAs(name) {
      source = { renews: true, obtain: () => personaToken(name) };
      await obtain();
    },
    async holdToken(accessToken) {
      source = { renews: false, obtain: async () => accessToken };
      await obtain();
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
  return answer.accessToken;
}
