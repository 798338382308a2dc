import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';
import { VitePWA } from 'vite-plugin-pwa';

// Where the laptop server listens. Vite passes on to it what is not the app.
const server = process.env['API_SERVER'] ?? 'http://127.0.0.1:3000';
const proxy = Object.fromEntries(
    ['/Development', '/Production', '/mailbox', '/authenticator', '/docs', '/openapi.yaml'].map(
        (path) => [path, server],
    ),
);

// Builds for a deployment and for phones set these: their pages, the API and the bucket for uploads have different origins.
const otherOrigins = [process.env['VITE_API_ORIGIN'], process.env['UPLOAD_ORIGIN']].filter(Boolean);

/** Writes the content security policy into the page, so that it holds wherever the files are served. */
function contentSecurityPolicy(): Plugin {
    const policy = [
        "default-src 'self'",
        "img-src 'self' https: data:",
        "style-src 'self'",
        ["connect-src 'self'", ...otherOrigins].join(' '),
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
    ].join('; ');
    return {
        name: 'content-security-policy',
        // While developing, Vite needs scripts in the page.
        apply: 'build',
        transformIndexHtml: () => [
            {
                tag: 'meta',
                attrs: { 'http-equiv': 'Content-Security-Policy', content: policy },
                injectTo: 'head-prepend',
            },
        ],
    };
}

export default defineConfig({
    plugins: [
        react(),
        contentSecurityPolicy(),
        VitePWA({
            injectRegister: null,
            registerType: 'prompt',
            manifest: {
                id: '/',
                name: 'Movies',
                short_name: 'Movies',
                description: 'Movies, and what you want to see of them.',
                theme_color: '#faf8f5',
                background_color: '#faf8f5',
                display: 'standalone',
                start_url: '/',
                icons: [
                    { src: '/icon-192.png', sizes: '192x192', type: 'image/png' },
                    { src: '/icon-512.png', sizes: '512x512', type: 'image/png' },
                    {
                        src: '/icon-maskable-512.png',
                        sizes: '512x512',
                        type: 'image/png',
                        purpose: 'maskable',
                    },
                ],
            },
            strategies: 'injectManifest',
            srcDir: 'src',
            filename: 'sw.ts',
            injectManifest: {
                globPatterns: ['**/*.{js,css,html,woff2,svg}'],
                rollupFormat: 'iife',
            },
        }),
    ],
    build: {
        target: 'es2022',
        manifest: 'build-manifest.json',
        // The client is compiled from outside this folder. Names of files must not depend on where that is.
        rolldownOptions: {
            output: {
                entryFileNames: 'assets/[name]-[hash].js',
                chunkFileNames: 'assets/[name]-[hash].js',
                assetFileNames: 'assets/[name]-[hash][extname]',
            },
        },
        assetsInlineLimit: 0,
    },
    resolve: {
        // A link in node_modules is followed to the client's folder, whose imports must still find one React.
        dedupe: ['react', 'react-dom'],
    },
    // The client is beside this folder.
    server: { proxy, fs: { allow: ['..'] } },
    preview: { proxy },
});
