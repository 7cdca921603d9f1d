// Puts Apollo Sandbox into the page, with a document for who is chosen. Sandbox is a frame of Apollo, which hands its requests to
// this page. The token is added here, so the frame never has it.
import { personaSource } from '../persona-token.js';

/** Stands in Sandbox until somebody writes a token in its place. */
const PLACEHOLDER = 'Bearer <access token>';

const place = document.getElementById('sandbox');
const who = document.getElementById('who');
const { welcomeDocument, documents, script } = JSON.parse(place.dataset.settings);
const sources = new Map();
let sandbox;

const loading = document.createElement('script');
loading.src = script;
loading.addEventListener('load', show);
document.head.append(loading);
who?.addEventListener('change', show);

/** Shows Sandbox anew: it reads a document when it begins. */
function show() {
  if (!window.EmbeddedSandbox) return;
  sandbox?.dispose();
  place.replaceChildren();
  sandbox = new window.EmbeddedSandbox({
    target: place,
    initialEndpoint: new URL('/graphql', location.href).href,
    endpointIsEditable: false,
    runTelemetry: false,
    // The content security policy allows no styles in elements.
    allowDynamicStyles: false,
    handleRequest: send,
    initialState: {
      document: documentOf(who?.value),
      headers: { Authorization: PLACEHOLDER },
      includeCookies: false,
      // Polling asks for the schema each second.
      pollForSchemaUpdates: false,
    },
  });
}

/** Returns the document of a persona. `finn+c1` is finn. */
function documentOf(name = '') {
  return documents[name] ?? documents[name.split('+')[0]] ?? welcomeDocument;
}

/** Sends a request of Sandbox with the token of who is chosen, unless it has a token of its own. */
async function send(address, { headers, ...options }) {
  const sent = new Headers(headers);
  if (sent.get('authorization') === PLACEHOLDER) sent.delete('authorization');
  if (who?.value && !sent.has('authorization')) sent.set('authorization', `Bearer ${await tokenOf(who.value)}`);
  return fetch(address, { ...options, headers: sent });
}

function tokenOf(name) {
  if (!sources.has(name)) sources.set(name, personaSource(name));
  return sources.get(name).obtain();
}
