// Gives the sign-in by MSAL to a page that has no other script of this bundle.
import { createEntraClient } from './entra-sign-in.js';

globalThis.createEntraClient = createEntraClient;
