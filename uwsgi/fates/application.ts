// What uWSGI serves: modules, files, mounts, interpreters, environment.

import {
  alwaysOn,
  type Fate,
  list,
  noEffect,
  refused,
  setOption,
  text,
  translated,
  unsupported,
} from '../fate.ts'
import { badValue, readBool, readText, tell } from '../value.ts'

const env = translated(
  'Environment of the application, in order.',
  (entry, draft) => {
    const [, name, value] = /^([^=]+)=([\s\S]*)$/.exec(readText(entry)) ?? []
    if (name === undefined) return badValue(entry, 'NAME=value')
    if (name !== name.trim() || (value as string) !== (value as string).trimStart()) {
      tell(
        draft,
        entry,
        'warning',
        `env = ${entry.value}: the spaces around = belong to the name and the value`,
        `write env = ${name.trim()}=${(value as string).trim()}`,
      )
    }
    setOption(draft, 'env', { ...draft.gateway.env, [name]: value as string }, entry)
  },
  'env',
)

const module = text(
  'module',
  '`pkg.mod`, `pkg.mod:callable`, `pkg.mod:factory()`; without a callable `application`, then `app`.',
)
const wsgiFile = text('wsgi-file', 'Any file name; relative to chdir.')
const home = text('home', 'The virtualenv’s own interpreter runs the workers.')
const pythonpath = list('pythonpath', 'Inserted at the front of sys.path.')
const mount = list('mount', 'SCRIPT_NAME and PATH_INFO are split at a path boundary: /ab is not under /a.')
const imports = list('import')
const interpreters =
  'One interpreter per worker, always: sub-interpreters break numpy and everything with Rust inside.'

const preload = (doc: string): Fate =>
  translated(
    doc,
    (entry, draft) => {
      if (readBool(entry, draft)) setOption(draft, 'preload', 'off', entry)
    },
    'preload',
  )

const paste = translated(
  'Application from a PasteDeploy file, if paste.deploy is installed.',
  (entry, draft) => {
    const value = readText(entry)
    setOption(draft, 'paste', /^(config|egg):/.test(value) ? value : `config:${value}`, entry)
  },
  'paste',
)

const gevent = refused(
  'greenlets are not supported',
  'remove the gevent lines and set `threads` (16 or so for an application that waits for others): slow requests do not hold up fast ones',
)

const vhost = unsupported(
  'The application answers for every host.',
  'one gateway per site, nginx chooses by server_name; remove the line where there is one application',
)

export const application: Record<string, Fate> = {
  module,
  wsgi: module,
  'wsgi-file': wsgiFile,
  file: wsgiFile,
  callable: text('callable'),
  test: unsupported(
    'Importing a module to see whether it works.',
    '`postern check` imports nothing; `python -c "import …"` does',
  ),
  chdir: text('chdir'),
  chdir2: text('chdir2', 'After the application has been loaded.'),
  home,
  virtualenv: home,
  venv: home,
  pyhome: home,
  pythonpath,
  'python-path': pythonpath,
  pp: pythonpath,
  env,
  envdir: unsupported(
    'Directories of environment variables are not read.',
    'use `env`, or EnvironmentFile= in systemd',
  ),
  'early-envdir': unsupported(
    'Directories of environment variables are not read.',
    'use `env`, or EnvironmentFile= in systemd',
  ),
  unenv: list('unenv'),
  pyargv: text('pyargv', 'Split as a shell does.'),
  import: imports,
  pyimport: imports,
  'py-import': imports,
  'python-import': imports,
  'shared-import': imports,
  'shared-pyimport': imports,
  'shared-py-import': imports,
  'shared-python-import': imports,
  paste,
  'ini-paste': paste,
  'ini-paste-logged': paste,
  'paste-logger': noEffect(
    'Logging of a paste file is set up by its own [loggers] when paste.deploy is used.',
  ),
  pecan: refused(
    'pecan’s own loader is not there',
    'write a module: `from pecan.deploy import deploy; application = deploy("config.py")`',
  ),
  pump: refused('pump is no WSGI', undefined),
  web3: refused('web3 never became a standard', undefined),
  'wsgi-lite': refused('wsgi-lite never became a standard', undefined),
  pyrun: unsupported('Scripts are not run in place of an application.', 'run them with python'),
  pyshell: unsupported('There is no shell in a worker.', 'run python in the virtualenv'),
  'pyshell-oneshot': unsupported('There is no shell in a worker.', 'run python in the virtualenv'),
  eval: refused('code in the configuration is not run', 'put it into a file: wsgi-file'),
  mount: {
    ...mount,
    take: (entry, draft) => {
      if (!/^\s*\/[^=]*=\s*\S/.test(entry.value ?? ''))
        return badValue(entry, '/prefix=module:callable or /prefix=file.py')
      mount.take?.(entry, draft)
    },
  },
  'manage-script-name': alwaysOn('Mounts always set SCRIPT_NAME.'),
  'no-default-app': translated('Paths outside all mounts are answered 404.', () => {}),
  'need-app': {
    kind: 'honoured',
    doc: 'On by default: exit code 4 when the application does not load.',
    option: 'need-app',
    take: (entry, draft) => setOption(draft, 'need-app', readBool(entry, draft), entry),
  },
  'single-interpreter': alwaysOn(interpreters),
  'lazy-apps': preload(
    'The application is loaded in each worker. By default it is loaded once and forked when that is safe.',
  ),
  lazy: preload('As lazy-apps.'),
  'no-site': unsupported('site.py is always imported; virtualenvs need it.'),
  'wsgi-env-behaviour': noEffect('Each request has a fresh environ.'),
  'wsgi-env-behavior': noEffect('Each request has a fresh environ.'),
  'wsgi-manage-chunked-input': alwaysOn('Chunked request bodies are decoded; wsgi.input_terminated is set.'),
  'wsgi-disable-file-wrapper': noEffect('wsgi.file_wrapper works: offsets and lengths are honoured.'),
  'wsgi-accept-buffer': unsupported(
    'Bodies must be bytes, as PEP 3333 says.',
    'convert memoryview and bytearray in the application',
  ),
  'wsgi-accept-buffers': unsupported(
    'Bodies must be bytes, as PEP 3333 says.',
    'convert memoryview and bytearray in the application',
  ),
  'wsgi-strict': alwaysOn('PEP 3333 is followed to the letter.'),
  'py-call-osafterfork': alwaysOn('Workers are forked by Python itself.'),
  'py-call-uwsgi-fork-hooks': alwaysOn('Workers are forked by Python itself.'),
  'py-tracebacker': unsupported(
    'Stacks are logged at harakiri, not on demand.',
    'py-spy dump --pid shows them at any time',
  ),
  'py-sharedarea': refused('there are no shared areas', 'use multiprocessing.shared_memory'),
  'post-pymodule-alias': unsupported(
    'Module aliases are not made.',
    'sys.modules["alias"] = module in a file named by `import`',
  ),
  'pymodule-alias': unsupported(
    'Module aliases are not made.',
    'sys.modules["alias"] = module in a file named by `import`',
  ),
  'py-programname': noEffect('The interpreter is the one named by home or python.'),
  'py-program-name': noEffect('The interpreter is the one named by home or python.'),
  'py-executable': text('python', 'The interpreter that runs the workers.'),
  'py-sys-executable': text('python', 'The interpreter that runs the workers.'),
  'python-version': noEffect('The interpreter is the one named by home or python.'),
  'python-raw': refused('raw applications are not WSGI'),
  'python-worker-override': refused('the worker’s loop cannot be replaced'),
  python: translated(
    'Here the interpreter that runs the workers; in uWSGI a script to run instead of an application.',
    (entry, draft) => {
      if (readText(entry).endsWith('.py'))
        return badValue(entry, 'an interpreter', 'run the script with python')
      setOption(draft, 'python', entry.value, entry)
    },
    'python',
  ),
  'reload-os-env': noEffect('Workers see the environment of the gateway and `env`.'),
  'start_response-nodelay': noEffect(
    'Headers wait for the first chunk, so that an error in it is a clean 500.',
  ),
  optimize: translated('Sets PYTHONOPTIMIZE.', (entry, draft) => {
    setOption(draft, 'env', { ...draft.gateway.env, PYTHONOPTIMIZE: readText(entry) }, entry)
  }),
  'catch-exceptions': {
    kind: 'honoured',
    doc: 'The client is shown the traceback of a request that failed before anything was sent. For development only.',
    option: 'catch-exceptions',
    take: (entry, draft) => {
      if (!readBool(entry, draft)) return
      setOption(draft, 'catch-exceptions', true, entry)
      tell(
        draft,
        entry,
        'warning',
        'catch-exceptions shows tracebacks, with paths and code, to every client',
        'remove it in production: the log has them, with the request’s id',
      )
    },
  },
  'reload-on-exception': unsupported(
    'A worker goes on after an exception, as WSGI expects.',
    'max-requests and reload-on-rss recycle workers',
  ),
  'enable-threads': alwaysOn('Threads work.'),
  'max-apps': noEffect('As many as are mounted.'),
  umask: {
    kind: 'honoured',
    doc: 'Octal, up to four digits.',
    option: 'umask',
    take: (entry, draft) => {
      if (!/^[0-7]{1,4}$/.test(entry.value ?? '')) return badValue(entry, 'an octal mask, such as 022')
      setOption(draft, 'umask', entry.value, entry)
    },
  },
  gevent,
  'gevent-monkey-patch': gevent,
  'gevent-early-monkey-patch': gevent,
  'gevent-wait-for-hub': gevent,
  async: refused('uWSGI’s async modes are not supported', 'use `threads`'),
  ugreen: gevent,
  greenlet: gevent,
  asyncio: gevent,
  tornado: gevent,
  loop: refused('uWSGI’s loop engines are not supported', 'use `threads`'),
  vhost,
  'vhost-host': vhost,
  'dynamic-apps': refused('applications are never named by request variables', 'name them with `mount`'),
  'ignore-script-name': noEffect('SCRIPT_NAME comes from the mount.'),
}
