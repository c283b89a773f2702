/// <reference types="vitest/config" />
/** Build, development proxy and unit tests of the console. */
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const server = process.env['SOUNDKEEP_URL'] ?? 'http://127.0.0.1:8481';

export default defineConfig({
  plugins: [react()],
  server: { port: 5173, proxy: { '/api': { target: server, changeOrigin: false } } },
  build: {
    outDir: 'dist',
    target: 'es2022',
    // A strict Content-Security-Policy has no room for data: URLs of our own.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 900,
  },
  test: {
    environment: 'happy-dom',
    include: ['src/**/*.test.{ts,tsx}'],
    setupFiles: ['src/test/setup.ts'],
    testTimeout: 30_000,
  },
});
