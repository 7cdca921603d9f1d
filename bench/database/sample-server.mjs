import { startServer } from '../harness/start-server.mjs';

/** The server of this repository with its sample resource; `environment` names the database. */
export { startServer as start };
