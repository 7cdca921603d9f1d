// Access tokens of the personas of the development emulator. They are kept in variables of the page.

/** Renews a token when this much of its life is left. */
const RENEW_BEFORE_MS = 5 * 60_000;

/** Returns where tokens of a persona come from, such as `finn` or `finn+c1`. */
export function personaSource(name) {
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
