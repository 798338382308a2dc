import type { CapacitorConfig } from '@capacitor/cli';

// An emulator reaches the laptop server over plain HTTP, which a page from https may not call.
const isPlain = process.env['VITE_API_ORIGIN']?.startsWith('http:') ?? false;

const config: CapacitorConfig = {
    appId: 'com.example.movies',
    appName: 'Movies',
    webDir: 'dist-native',
    server: { androidScheme: isPlain ? 'http' : 'https', cleartext: isPlain },
};

export default config;
