import { bundleTests } from './test/run/bundle.mjs'

export default async () => ({
  files: ['test/**/*.test.ts'],
  extensions: { ts: 'commonjs' },
  require: ['./test/run/load.cjs'],
  environmentVariables: { POSTERN_TEST_BUNDLES: await bundleTests() },
  workerThreads: false,
  concurrency: 2,
  timeout: '120s',
})
