import { cloudflareTest } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'
import { lend } from './test/lent.ts'

/**
 * Three rings, one after the other: pure code in Node, real KV and objects inside workerd, both Workers over HTTP. Files of the
 * first and the last share a process (`isolate: false`), since loading what they import costs more than most of their tests.
 */
export default defineConfig({
  test: {
    silent: 'passed-only',
    reporters: ['default', './test/rings.ts'],
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts', 'test/rooms.test.ts'],
          setupFiles: ['./test/seed.ts'],
          isolate: false,
          sequence: { groupOrder: 0 },
        },
      },
      {
        plugins: [
          cloudflareTest(async ({ inject }) => {
            // Asked for at the start of each file.
            const x = await lend(inject('lender'))
            return {
              wrangler: { configPath: './wrangler.toml' },
              miniflare: {
                // Every variable and secret is set here: no developer's .dev.vars leaks in.
                bindings: {
                  PUBLIC_ORIGIN: 'https://perch.example.com',
                  DEV_HTTP_HOSTS: '',
                  X_API_ORIGIN: x,
                  X_WEB_ORIGIN: x,
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
                  EVENTS_DAYS: '30',
                  ADMIN_KEY: 'admin-key-of-the-tests-0123456789abcdef',
                  ADMIN_KEY_NEXT: 'next-admin-key-of-the-tests-0123456789a',
                },
              },
            }
          }),
        ],
        test: {
          name: 'workers',
          include: ['test/workers/**/*.test.ts'],
          globalSetup: ['lender', 'workers/redirector', 'workers/hook', 'workers/receiver'].map(
            (name) => `./test/${name}.ts`,
          ),
          setupFiles: ['./test/seed.ts', './test/workers/give-back.ts'],
          sequence: { groupOrder: 1 },
          // Whoever else is busy makes a test slower, and one that is given up goes on into the next. Nothing waits for a
          // time-out that is not a failure.
          testTimeout: 30_000,
          hookTimeout: 60_000,
          expect: { poll: { timeout: 10_000 } },
        },
      },
      {
        test: {
          name: 'flows',
          include: ['test/flows/**/*.test.ts', 'test/emulator/**/*.test.ts'],
          globalSetup: ['./test/lender.ts'],
          isolate: false,
          sequence: { groupOrder: 2 },
          testTimeout: 30_000,
          hookTimeout: 60_000,
          expect: { poll: { timeout: 10_000 } },
        },
      },
    ],
  },
})
