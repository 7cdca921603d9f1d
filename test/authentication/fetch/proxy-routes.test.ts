import { expect, it } from 'vitest';
import { createProxyRoutes } from '../../../src/authentication/fetch/proxy-routes.js';

const httpsProxy = 'http://secure.proxy:8080';
const httpProxy = 'http://plain.proxy:8080';

it.each([
  [{ httpsProxy, httpProxy }, 'https://login.example.com/', httpsProxy],
  [{ httpsProxy, httpProxy }, 'http://login.example.com/', httpProxy],
  [{ httpProxy }, 'https://login.example.com/', httpProxy],
  [{ httpsProxy }, 'http://login.example.com/', undefined],
  [{ httpsProxy: '', httpProxy: '' }, 'https://login.example.com/', undefined],
  [{}, 'https://login.example.com/', undefined],
])('with %j, %s is reached through %s', (settings, address, proxy) => {
  expect(createProxyRoutes(settings)(address)).toBe(proxy);
});

it.each([
  ['login.example.com', 'https://login.example.com/'],
  ['LOGIN.example.com', 'https://login.example.com/'],
  ['example.com', 'https://login.example.com/'],
  ['.example.com', 'https://login.example.com/'],
  ['*.example.com', 'https://login.example.com/'],
  ['other.example, example.com', 'https://login.example.com/'],
  ['login.example.com:443', 'https://login.example.com/'],
  ['login.example.com:80', 'http://login.example.com/'],
  ['login.example.com:8443', 'https://login.example.com:8443/'],
  [' * ', 'https://login.example.com/'],
  ['', 'https://localhost/'],
  ['', 'http://127.0.0.1:1234/'],
  ['example.com', 'http://[::1]:1234/'],
  ['', 'http://169.254.169.254/metadata/identity/oauth2/token'],
  ['example.com', 'http://169.254.129.3:8081/msi/token'],
])('noProxy %j leads past it to %s', (noProxy, address) => {
  expect(createProxyRoutes({ httpsProxy, httpProxy, noProxy })(address)).toBeUndefined();
});

it.each([
  ['', 'https://login.example.com/'],
  ['', 'https://169.254.169.254.example.com/'],
  ['', 'https://169.253.169.254/'],
  [' , ', 'https://login.example.com/'],
  ['n.example.com', 'https://login.example.com/'],
  ['login.example.com:80', 'https://login.example.com/'],
  ['example.com.evil.test', 'https://login.example.com/'],
  ['*,other.example', 'https://login.example.com/'],
  ['login.example.com', 'https://login.example.com.evil.test/'],
])('noProxy %j does not lead past it to %s', (noProxy, address) => {
  expect(createProxyRoutes({ httpsProxy, httpProxy, noProxy })(address)).toBe(httpsProxy);
});
