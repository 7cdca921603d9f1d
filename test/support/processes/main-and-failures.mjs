// The program that is named first, and in the end an unhandled rejection and an uncaught exception, both with TOKEN in them.
const [main] = process.argv.splice(2, 1);
await import(main);

void Promise.reject(new Error(`rejected with ${process.env.TOKEN}`));
setTimeout(() => {
  throw new Error(`thrown with ${process.env.TOKEN}`);
});
