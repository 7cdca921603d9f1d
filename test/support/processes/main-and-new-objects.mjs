import { setFlagsFromString } from 'node:v8';

// The program that is named first, and in the end a line that says where V8 puts the objects of a function that made many
// which survived.
setFlagsFromString('--allow-natives-syntax');
const isYoung = new Function('object', 'return %InYoungGeneration(object)');

process.on('exit', () => {
  const make = (n) => ({ n, list: [n, n, n] });
  const kept = Array.from({ length: 600_000 }, (_, n) => make(n));
  const later = Array.from({ length: 100 }, (_, n) => make(kept.length + n));
  const young = later.filter(({ list }) => isYoung(list));
  process.stdout.write(`new objects: ${young.length === later.length ? 'young' : 'old'}\n`);
});

const [main] = process.argv.splice(2, 1);
await import(main);
