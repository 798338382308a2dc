// Makes the native shell of a platform, or brings it up to date: `npm run android`, `npm run ios`.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const platform = process.argv[2];
if (!process.env.VITE_API_ORIGIN) {
    console.error(
        'Set VITE_API_ORIGIN to where the API is, without the stage: https://api.example.com, or\n' +
            'http://10.0.2.2:3000 for the laptop server as the Android emulator sees it.',
    );
    process.exit(1);
}

const run = (...command) => execFileSync('npx', ['--no-install', ...command], { stdio: 'inherit' });

// Not into `dist`: that is the web app, which has the API at its own origin.
run('vite', 'build', '--outDir', 'dist-native', '--emptyOutDir');
if (!existsSync(platform)) {
    run('cap', 'add', platform, ...(platform === 'ios' ? ['--packagemanager', 'SPM'] : []));
}
run('cap', 'sync', platform);
