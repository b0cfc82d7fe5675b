// In every test process: `test/x.test.ts` is what bundle.mjs made of it. A hook of require(), which ava awaits: hooks of import
// live in a thread of their own, and starting that takes longer than most test files.

const { join, relative } = require('node:path')

const root = join(__dirname, '../..')

require.extensions['.ts'] = (module, file) => {
  const bundle = join(process.env.POSTERN_TEST_BUNDLES, relative(root, file).replace(/\.ts$/, '.mjs'))
  module.exports = import(bundle)
}
