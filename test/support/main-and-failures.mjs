// `src/main.ts`, and in the end a rejection that nobody handles and an exception that nobody catches, both with TOKEN in them.
await import('../../src/main.js');

void Promise.reject(new Error(`rejected with ${process.env.TOKEN}`));
setTimeout(() => {
  throw new Error(`thrown with ${process.env.TOKEN}`);
});
