import { cloudflareTest } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'

/** Three rings: pure code in Node, real KV and objects inside workerd, both Workers over HTTP. */
export default defineConfig({
  test: {
    silent: 'passed-only',
    reporters: ['default', './test/rings.ts'],
    maxWorkers: 2,
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts', 'test/rooms.test.ts'] } },
      {
        plugins: [
          cloudflareTest(({ inject }) => ({
            wrangler: { configPath: './wrangler.toml' },
            miniflare: {
              // Every variable and secret is set here: no developer's .dev.vars leaks in.
              bindings: {
                PUBLIC_ORIGIN: 'https://perch.example.com',
                DEV_HTTP_HOSTS: '',
                X_API_ORIGIN: inject('x'),
                X_WEB_ORIGIN: inject('x'),
                X_CLIENT_TYPE: 'confidential',
                X_CLIENT_ID: 'RW11bGF0b3JDbGllbnRJZDAxMjM6MTpjaQ',
                X_CLIENT_SECRET: '-Emulator_client-secret_0123456789abcdefghijklmn-_',
                X_SCOPES: 'tweet.read users.read offline.access',
                X_API_KEY: 'EmulatorApiKey01234567890',
                X_API_SECRET: 'EmulatorApiSecret0123456789abcdefghijklmnopqrstuvw',
                X_APP_OWNER: '',
                LOGIN_FLOWS: 'oauth2 oauth1 signin pin',
                LOGIN_ALLOW: '*',
                RETURN_TO: 'https://app.example.com',
                SEALING_KEYS:
                  'BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=,CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk=',
                REFRESH_POLICY: 'warm',
                ADMIN_KEY: 'admin-key-of-the-tests-0123456789abcdef',
                ADMIN_KEY_NEXT: 'next-admin-key-of-the-tests-0123456789a',
              },
            },
          })),
        ],
        test: {
          name: 'workers',
          include: ['test/workers/**/*.test.ts'],
          globalSetup: ['./test/workers/emulator.ts', './test/workers/redirector.ts'],
          // The files share one emulator, and each test resets it.
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'flows',
          include: ['test/flows/**/*.test.ts', 'test/emulator/**/*.test.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
})
