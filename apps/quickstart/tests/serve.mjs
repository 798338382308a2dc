// Serves the built app and passes the rest on to a laptop server, all at one origin, as the laptop server itself does
// it: compressed, and with a strict content security policy.
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const dist = fileURLToPath(new URL('../dist/', import.meta.url));
const types = {
    '.css': 'text/css; charset=utf-8',
    '.html': 'text/html; charset=utf-8',
    '.js': 'text/javascript; charset=utf-8',
    '.png': 'image/png',
    '.svg': 'image/svg+xml',
    '.webmanifest': 'application/manifest+json',
    '.woff2': 'font/woff2',
};
export const POLICY =
    "default-src 'self'; img-src 'self' https: data:; style-src 'self'; connect-src 'self'";

function readFiles(folder, prefix = '/') {
    return readdirSync(folder).flatMap((name) => {
        const path = join(folder, name);
        return statSync(path).isDirectory()
            ? readFiles(path, `${prefix}${name}/`)
            : [[prefix + name, readFileSync(path)]];
    });
}

/** Starts it on a free port, or on the one that is given, and returns its URL. */
export async function serve(apiServer, port = 0) {
    const files = new Map(readFiles(dist));
    files.set('/', files.get('/index.html'));
    const packed = new Map([...files].map(([path, body]) => [path, gzipSync(body)]));

    const server = createServer((incoming, outgoing) => {
        const path = new URL(incoming.url, 'http://localhost').pathname;
        const body = files.get(path);
        if (body === undefined) {
            return passOn(apiServer, incoming, outgoing);
        }
        const type = types[extname(path)] ?? types['.html'];
        const compress = !['.png', '.woff2'].includes(extname(path));
        outgoing.writeHead(200, {
            'Content-Type': type,
            'Content-Security-Policy': POLICY,
            'X-Content-Type-Options': 'nosniff',
            'Cache-Control': path.startsWith('/assets/')
                ? 'public, max-age=31536000, immutable'
                : 'no-cache',
            ...(compress && { 'Content-Encoding': 'gzip' }),
        });
        return outgoing.end(compress ? packed.get(path) : body);
    });
    await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
    // Passkeys need a name, and localhost is one.
    return { url: `http://localhost:${server.address().port}`, close: () => server.close() };
}

function passOn(apiServer, incoming, outgoing) {
    const { hostname, port } = new URL(apiServer);
    const { method, url, headers } = incoming;
    const passed = request({ hostname, port, method, path: url, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode, answer.headers);
        answer.pipe(outgoing);
    });
    passed.on('error', () => outgoing.writeHead(502).end());
    incoming.pipe(passed);
}
