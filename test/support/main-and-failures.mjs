// The program that is named first, and in the end a rejection that nobody handles and an exception that nobody catches, both with TOKEN in them.
const [main] = process.argv.splice(2, 1);
await import(main);

void Promise.reject(new Error(`rejected with ${process.env.TOKEN}`));
setTimeout(() => {
  throw new Error(`thrown with ${process.env.TOKEN}`);
});
