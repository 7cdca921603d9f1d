import { describe, expect, it } from 'vitest';
import { defaultLimits } from '../../../src/config/limits.js';
import { acceptedType, prefersPage } from '../../../src/http/answers/accepted-type.js';

const JSON_TYPE = 'application/json; charset=utf-8';
const GRAPHQL_TYPE = 'application/graphql-response+json; charset=utf-8';
const APOLLO_CLIENT = 'application/graphql-response+json,application/json;q=0.9';
const URQL =
  'application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed';
const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8';

describe('the media type of an answer', () => {
  it.each<[string | undefined, string | undefined]>([
    [undefined, JSON_TYPE],
    ['', JSON_TYPE],
    ['*/*', JSON_TYPE],
    ['application/*', JSON_TYPE],
    ['application/json', JSON_TYPE],
    ['application/graphql-response+json', GRAPHQL_TYPE],
    ['APPLICATION/GraphQL-Response+JSON', GRAPHQL_TYPE],
    [' application/graphql-response+json ', GRAPHQL_TYPE],
    ['application/graphql-response+json;charset=utf-8', GRAPHQL_TYPE],
    ['application/graphql-response+json; charset="UTF-8"', GRAPHQL_TYPE],
    ['application/graphql-response+json;charset=latin1', undefined],
    ['application/graphql-response+json;profile="a,b;q=1", application/json;q=0.1', JSON_TYPE],
    [APOLLO_CLIENT, GRAPHQL_TYPE],
    [`multipart/mixed;deferSpec=20220824,${APOLLO_CLIENT}`, GRAPHQL_TYPE],
    [`multipart/mixed;boundary="graphql";subscriptionSpec=1.0,${APOLLO_CLIENT}`, GRAPHQL_TYPE],
    [URQL, GRAPHQL_TYPE],
    [BROWSER, JSON_TYPE],
    ['application/json, application/graphql-response+json', JSON_TYPE],
    ['application/json;q=0.5, application/graphql-response+json;q=0.6', GRAPHQL_TYPE],
    ['application/json;q=0.5, application/graphql-response+json;q=0.4', JSON_TYPE],
    ['application/json; q = 0.5', JSON_TYPE],
    ['*/*, application/graphql-response+json', GRAPHQL_TYPE],
    ['*/*;q=0.1, application/json;q=0', GRAPHQL_TYPE],
    ['application/*;q=0.9, application/json;q=0.1', GRAPHQL_TYPE],
    ['application/json;q=0', undefined],
    ['application/json;q=none', undefined],
    ['text/event-stream', undefined],
    ['multipart/mixed', undefined],
    ['text/html', undefined],
    ['json', undefined],
    [',;",', undefined],
  ])('for %s is %s', (accept, type) => {
    expect(acceptedType(accept)).toBe(type);
  });

  it.each<[string | undefined, boolean]>([
    [BROWSER, true],
    ['text/html', true],
    ['text/html;q=0.5, application/json', false],
    ['application/json, text/html', false],
    ['application/xhtml+xml', false],
    ['*/*', false],
    [undefined, false],
  ])('for %s may be a page: %s', (accept, isPage) => {
    expect(prefersPage(accept)).toBe(isPage);
  });
});

it('a header that is too long is ignored, by answers and by pages', () => {
  const most = defaultLimits.acceptLength;
  const padded = (type: string, length: number) => `${type}${' '.repeat(length - type.length)}`;
  expect(acceptedType(padded('application/graphql-response+json', most))).toBe(GRAPHQL_TYPE);
  expect(acceptedType(padded('application/graphql-response+json', most + 1))).toBe(JSON_TYPE);
  expect(acceptedType(padded('image/png', most))).toBeUndefined();
  expect(acceptedType(padded('image/png', most + 1))).toBe(JSON_TYPE);
  expect(prefersPage(padded('text/html', most))).toBe(true);
  expect(prefersPage(padded('text/html', most + 1))).toBe(false);
});
