import { defineConfig } from 'vite';

export default defineConfig({
  // The emulator has a redirect URI for `localhost` with every port.
  server: { host: 'localhost' },
  build: { target: 'es2022', rollupOptions: { input: ['index.html', 'redirect.html'] } },
});
