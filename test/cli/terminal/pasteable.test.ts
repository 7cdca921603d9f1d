import { describe, expect, it } from 'vitest';
import { createPasteable } from '../../../src/cli/terminal/pasteable.js';

const project = '/home/me/api';
const sources = { main: '/home/me/api/src/main.ts', project };
const built = { main: '/home/me/api/dist/main.js', project };
const installed = {
  main: '/home/me/app/node_modules/entra-graphql/dist/main.js',
  project: '/home/me/app/node_modules/entra-graphql',
};

describe('a printed command can be pasted', () => {
  it.each([
    ['from the sources', { ...sources, folder: project }, 'npx tsx src/main.ts doctor', 'npm run migrate'],
    ['built', { ...built, folder: project }, 'node dist/main.js doctor', 'npm run migrate'],
    [
      'installed as a package',
      { ...installed, folder: '/home/me/app' },
      'npx entra-graphql doctor',
      'npx entra-graphql migrate',
    ],
    ['elsewhere', { ...built, folder: '/tmp' }, `node ${built.main} doctor`, `node ${built.main} migrate`],
    [
      'sources elsewhere',
      { ...sources, folder: '/' },
      '/home/me/api/node_modules/.bin/tsx /home/me/api/src/main.ts doctor',
      '/home/me/api/node_modules/.bin/tsx /home/me/api/src/main.ts migrate',
    ],
    [
      'in a folder with a space in its name',
      { main: "/home/me/my api's/dist/main.js", project: "/home/me/my api's", folder: '/' },
      "node '/home/me/my api'\\''s/dist/main.js' doctor",
      "node '/home/me/my api'\\''s/dist/main.js' migrate",
    ],
  ])('%s', (_how, calling, doctor, migrate) => {
    const pasteable = createPasteable(calling);
    expect(pasteable('Say "entra-graphql doctor".')).toBe(`Say "${doctor}".`);
    expect(pasteable('Run "npm run migrate".')).toBe(`Run "${migrate}".`);
  });

  it('with the port that was given, where the command needs it', () => {
    const pasteable = createPasteable({ ...sources, folder: project, port: '5000' });
    expect(pasteable('"npm run dev -- --fresh"')).toBe('"PORT=5000 npm run dev -- --fresh"');
    expect(pasteable('npm run -s token -- erin')).toBe('PORT=5000 npm run -s token -- erin');
    expect(pasteable('npm run migrate')).toBe('npm run migrate');
  });

  it.each(['', '4000; rm -r /', '123456'])('but no port that is none: %j', (port) => {
    expect(createPasteable({ ...sources, folder: project, port })('npm run dev')).toBe('npm run dev');
  });

  it.each([
    'entra-graphql is ready',
    'entra-graphql 1.0',
    'https://example.com/entra-graphql dev',
    'npm run development',
  ])('and leaves other words alone: %s', (text) => {
    expect(createPasteable({ ...sources, folder: project, port: '5000' })(text)).toBe(text);
  });
});
