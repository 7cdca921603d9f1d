import { setImmediate } from 'node:timers/promises';
import type { Answer, SignIn, TestApi } from '../api.js';

/** As often as it takes for a query to be known and, where that is asked for, compiled, and once more. */
export const TIMES_AGAIN = 6;

/** Answers to the same question, each with the lines of the log that it made, without what is another each time. */
export async function askAgain(api: TestApi, signIn: SignIn, query: string) {
  const answers: (Answer & { readonly logged: readonly object[] })[] = [];
  for (let time = 0; time < TIMES_AGAIN; time += 1) {
    const from = api.logs.length;
    const { headers, ...answer } = await api.query(signIn, query);
    // The line of a request is written when its answer is gone.
    await setImmediate();
    const { date: _date, 'x-request-id': _requestId, ...rest } = headers;
    // Keys are fetched meanwhile.
    const lines = api.logs.slice(from).filter(({ msg }) => msg !== 'signing keys refreshed');
    const logged = lines.map(
      ({ time: _time, reqId: _reqId, uti: _uti, ms: _ms, databaseMs: _databaseMs, ...said }) => said,
    );
    answers.push({ ...answer, headers: rest, logged });
  }
  return answers;
}
