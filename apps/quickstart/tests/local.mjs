// Starts a laptop server in memory and the built app before it, runs the tests, and stops both.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { serve } from './serve.mjs';

const file = (path) => fileURLToPath(new URL(path, import.meta.url));
const program = process.env.DEV_SERVER ?? file('../../../target/debug/dev');
if (!existsSync(program)) {
    console.error(`No laptop server at ${program}. Build it with \`cargo build --package local --bin dev\`, or set DEV_SERVER.`);
    process.exit(1);
}

const port = 20_000 + Math.floor(Math.random() * 20_000);
const appPort = port + 1;
const server = spawn(
    program,
    [
        '--memory',
        '--seed',
        ...['--port', String(port)],
        ...['--invite', 'joan@example.com'],
        ...['--redirect-uri', `http://localhost:${appPort}/`],
    ],
    { stdio: 'ignore' },
);
const apiServer = `http://127.0.0.1:${port}`;
for (let attempt = 0; ; attempt += 1) {
    const answer = await fetch(`${apiServer}/Development/health`).catch(() => undefined);
    if (answer?.ok) {
        break;
    }
    if (attempt === 100) {
        throw new Error('the laptop server does not answer');
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
}
const app = await serve(apiServer, appPort);
const tests = spawn(process.execPath, [file('main.mjs'), ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { ...process.env, APP_URL: app.url },
});
tests.on('exit', (code) => {
    app.close();
    server.kill();
    process.exit(code ?? 1);
});
