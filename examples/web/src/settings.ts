// The emulator of `npm run dev`. For a real tenant set the variables, in a file `.env.local` for example.
const {
  VITE_API_URL = 'http://127.0.0.1:4000/graphql',
  VITE_AUTHORITY = 'https://127.0.0.1:4001/c0170500-0000-4000-8000-000000000001',
  VITE_CLIENT_ID = 'a9100000-0000-4000-8000-000000000002',
  VITE_SCOPE = 'api://a9100000-0000-4000-8000-000000000001/.default',
} = import.meta.env as Record<string, string | undefined>;

export const API_URL = VITE_API_URL;
/** The tenant: `https://login.microsoftonline.com/<tenant id>`. */
export const AUTHORITY = VITE_AUTHORITY;
/** The app registration of this page, of the kind "single-page application". */
export const CLIENT_ID = VITE_CLIENT_ID;
/** `.default` asks for every permission of the API that this page was granted. */
export const SCOPES = [VITE_SCOPE];
