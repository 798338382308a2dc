import { defineConfig } from 'vite';

// The pages of the tests in Chromium; Vitest reads this file, too.
export default defineConfig({
    root: import.meta.dirname,
    cacheDir: '../../../.cache/vite-movies-client',
    envPrefix: 'SCENARIOS_',
    build: {
        outDir: '../../../.cache/chromium-movies-client',
        emptyOutDir: true,
        rolldownOptions: {
            input: ['tests/chromium/index.html', 'tests/chromium/offline.html'],
        },
    },
    test: {
        include: ['tests/**/*.test.ts'],
        testTimeout: 60_000,
    },
});
