// Writes docs/token-errors.md, a section for each code of the failure catalogue, so that log, `token inspect` and
// documentation cannot say different things. With --check it writes nothing and fails when the file is not up to date.
// Run with tsx: the catalogue is TypeScript.
import { bearerChallenge } from '../src/authentication/refusals/challenge.ts';
import { failureAnchor, failureCatalogue } from '../src/authentication/refusals/failure-catalogue.ts';
import { generatePage } from './generated-page.mjs';

const FILE = 'docs/token-errors.md';

const INTRODUCTION = `# Token errors

Why an access token is refused, and what to do about it. A client learns the HTTP status and a fixed text, nothing more: an
attacker with forged tokens should not learn how far they got. The code is in the server's log (\`access token refused\`, with
\`code\`, \`hint\`, \`kid\` or \`x5t\`, \`iss\` of a foreign issuer (its host), \`expectedIss\`, \`tid\`, \`ver\`, \`aud\`, \`uti\`), and \`entra-graphql token inspect\` says it of a token you have.

Generated from \`src/authentication/refusals/failure-catalogue.ts\` by \`npm run token-errors\`.
`;

const UNAVAILABLE = `## SIGNING_KEYS_UNAVAILABLE

HTTP 503 with \`Retry-After\`, never 401: the token may well be good. In the log: \`access token could not be verified\`.

What to do: wait for the time in \`Retry-After\`. If the cause in the log says that the key is not known and may be new, the
server refreshes the keys by itself: at most five times a minute, once for each address. This may be a key rollover
([a signing key](architecture.md#a-signing-key)), and is then over within a minute. If a token stays at this code for
minutes, or becomes [SIGNING_KEY_UNKNOWN](#signing_key_unknown), its key is not one of the configured authority. With any other
cause, this server cannot read the keys of the identity provider. \`entra-graphql doctor\` says which address it could not
read, and tells proxy, DNS, TLS and a login page apart. Keys once fetched are good for 24 hours, so an outage of the provider
shows late, and a server that starts during one is not ready.
`;

const RATE_LIMITED = `## RATE_LIMITED

HTTP 429 with \`Retry-After\`; over WebSocket, close code 1013.

What to do: too many tokens from this address were refused within a minute (\`RATE_LIMIT_FAILURES_PER_MINUTE\`), and this one is
bad too. Or it may be good, but more than 1 000 signatures would have to be checked for the address within a second: try again
after that. Tokens that are good and were seen before are always served, and expired ones that are genuine otherwise are not
counted. The log has one line when the limit is reached, with \`kid\`,
\`tid\`, \`aud\` and \`uti\` of the last token; bad ones that follow are not logged. Find the client that goes on sending a bad one.
Behind a proxy or load balancer, set \`TRUST_PROXY\`, or all clients share its address.
`;

const sections = Object.entries(failureCatalogue).map(([code, description]) => section(code, description));
const text = `${[INTRODUCTION, ...sections, UNAVAILABLE, RATE_LIMITED].join('\n')}`;

generatePage(FILE, text, 'npm run token-errors');

function section(code, { status, challengeError, wireMessage, hint }) {
  if (failureAnchor(code) !== `#${code.toLowerCase()}`) throw new Error(`no heading has the anchor of ${code}`);
  const challenge = bearerChallenge(challengeError ? { error: challengeError, errorDescription: wireMessage } : {});
  return `## ${code}

HTTP ${status}, "${withoutElements(wireMessage)}"

\`\`\`text
WWW-Authenticate: ${challenge}
\`\`\`

What to do: ${wrap(hint)}
`;
}

/** In Markdown, `<` would begin an element. */
function withoutElements(text) {
  return text.replaceAll('<', '&lt;');
}

/** Returns lines of at most 125 characters, the first with room for the words before it. */
function wrap(hint) {
  return `What to do: ${withoutElements(hint)}`
    .replace(/(.{1,125})(?:\s+|$)/g, '$1\n')
    .trimEnd()
    .slice('What to do: '.length);
}
