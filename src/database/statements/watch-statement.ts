import type { Connections } from '../connections/connections.js';
import { DatabaseUnavailableError } from '../database-errors.js';

/** Form of the codes that PostgreSQL itself gives. With one of them the network is alive. */
const SQLSTATE = /^[0-9A-Z]{5}$/;

/**
 * Finds out whether a statement without an answer is slow or its connection dead: another connection asks PostgreSQL what the
 * backend does. Time alone cannot tell, because a network that drops packets gives no sign and a statement may be slow.
 *
 * @param giveUp called once when the answer will not come
 * @returns function that ends the watch
 */
export function watchStatement(
  connections: Pick<Connections, 'isBusy' | 'limits'>,
  backend: number,
  giveUp: (reason: Error) => void,
): () => void {
  const { statementSilenceMs } = connections.limits;
  let isOver = false;
  let idleLooks = 0;

  const look = async () => {
    try {
      idleLooks = (await connections.isBusy(backend)) ? 0 : idleLooks + 1;
    } catch (error) {
      const unavailable = new DatabaseUnavailableError(error);
      if (!isOver && !SQLSTATE.test(unavailable.code ?? '')) return giveUp(unavailable);
    }
    if (isOver) return;
    if (idleLooks > 1) return giveUp(new Error('Connection terminated: the statement has ended without an answer'));
    // The answer to a statement that has just ended may be on its way.
    timer = setTimeout(look, idleLooks > 0 ? statementSilenceMs / 2 : statementSilenceMs);
  };
  let timer = setTimeout(look, statementSilenceMs);
  return () => {
    isOver = true;
    clearTimeout(timer);
  };
}
