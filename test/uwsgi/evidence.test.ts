// The options that real uwsgi.ini files set (reference: the 170 most valuable names), and where the effect of each is seen:
// in a whole configuration that is started and asked, in a test of its own, or, where nothing has to be done, in its reason.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { fateOf } from '../../uwsgi/fates.ts'
import { sentence } from '../../uwsgi/translate.ts'
import { root } from '../helpers/cli.ts'

/** Where the effect is seen -> the names that the file has. */
const seen: Record<string, string> = {
  'fixtures/uwsgi/01-tutorial.ini': 'http wsgi-file',
  'fixtures/uwsgi/02-flask.ini': 'socket chdir module processes',
  'fixtures/uwsgi/04-bottle.ini': 'uwsgi-socket file callable workers',
  'fixtures/uwsgi/05-django.ini': 'env',
  'fixtures/uwsgi/03-flask-factory.ini': 'http-socket lazy-apps threads',
  'fixtures/uwsgi/07-mounts.ini': 'mount manage-script-name',
  'fixtures/uwsgi/13-cheaper.ini': 'cheaper cheaper-initial cheaper-algo',
  'fixtures/uwsgi/16-environment.ini': 'pythonpath pp unenv pyargv import shared-import umask',
  'fixtures/uwsgi/17-static.ini': 'static-map check-static static-index static-expires',
  'fixtures/uwsgi/18-logging.ini': 'logger',
  'fixtures/uwsgi/19-control.ini': 'safe-pidfile pidfile2 master-fifo stats',
  'fixtures/uwsgi/20-companions.ini': 'exec-asap exec-pre-app exec-post-app exec-as-user attach-daemon',
  'fixtures/uwsgi/22-process.ini':
    'chdir2 max-fd limit-as thread-stacksize procname procname-append procname-prefix-spaced',
  'fixtures/uwsgi/23-service.ini': 'cheaper-step hook-master-start',
  'fixtures/uwsgi/25-loggers.ini': 'req-logger logformat log-date',
  'uwsgi/serves.test.ts': 'http-socket',
  'uwsgi/observed.test.ts':
    'wsgi lazy optimize protocol chmod-socket chown-socket no-default-app log-big log-zero log-truncate logformat-strftime log-format logto logto2 disable-logging log-maxsize log-backupname touch-logrotate touch-logreopen stats-http fs-reload reload-on-as evil-reload-on-as reload-mercy min-worker-lifetime safe-pidfile2 vacuum max-requests max-requests-delta socket-timeout log-x-forwarded-for',
  'uwsgi/privileges.test.ts': 'uid gid add-gid reload pause resume stop pidfile',
  'uwsgi/translate/names.test.ts': 'http-to',
  'uwsgi/translate/values.test.ts': 'cron2 logger-req log-encoder log-route',
  'uwsgi/translate/site.test.ts': 'static-map2 route route-if route-host route-uri',
  'uwsgi/site-file.test.ts': 'https static-map2 limit-post',
  'uwsgi/aliases.test.ts':
    'procname-prefix http11-socket python-path home virtualenv venv pyhome immediate-uid immediate-gid safe-pidfile pidfile2 touch-workers-reload touch-chain-reload daemonize2 log-req-encoder ini-paste paste http-to-https error-page-404 error-page-500 static-gzip-all',
  'e2e/migrate.test.ts': 'add-header limit-post',
  'cli/serve.test.ts': 'daemonize',
  'cli/check.test.ts': 'listen',
  'cli/reload.test.ts': 'touch-reload',
  'gateway/main.test.ts': 'py-autoreload',
  'gateway/supervision/limits.test.ts': 'harakiri',
  'gateway/supervision/recycling.test.ts':
    'max-worker-lifetime max-worker-lifetime-delta reload-on-rss evil-reload-on-rss worker-reload-mercy',
  'gateway/supervision/no-app.test.ts': 'need-app',
  'gateway/listen/proxy-door.test.ts': 'http-enable-proxy-protocol',
  'gateway/listen/hostile.test.ts': 'buffer-size limit-post',
  'gateway/listen/static.test.ts': 'static-safe',
  'gateway/outside/access-log.test.ts': 'log-4xx log-5xx log-slow',
  'gateway/companions/cron.test.ts': 'cron',
}

const binding =
  'socket uwsgi-socket http http-socket http11-socket http-to https http-to-https http-timeout http-keepalive http-auto-chunked http-websockets http-raw-body http-chunked-input http-manage-expect http-enable-proxy-protocol http-processes chmod-socket chown-socket listen protocol no-defer-accept reuse-port so-keepalive freebind'
const application =
  'module wsgi callable wsgi-file file chdir chdir2 pythonpath python-path pp home virtualenv venv pyhome env unenv pyargv import shared-import paste ini-paste paste-logger mount manage-script-name need-app no-default-app single-interpreter lazy-apps lazy no-site wsgi-env-behaviour wsgi-manage-chunked-input wsgi-disable-file-wrapper'
const processes =
  'master processes workers threads enable-threads thread-stacksize cheaper cheaper-initial cheaper-step cheaper-overload cheaper-algo cheaper-rss-limit-soft cheaper-rss-limit-hard thunder-lock cpu-affinity ksm auto-procname procname-prefix procname-prefix-spaced procname-append procname uid gid add-gid umask immediate-uid immediate-gid no-orphans die-on-term reaper vacuum'
const limits =
  'harakiri harakiri-graceful-timeout harakiri-graceful-signal harakiri-verbose harakiri-queue-threshold max-requests max-requests-delta min-worker-lifetime max-worker-lifetime max-worker-lifetime-delta reload-on-rss reload-on-as evil-reload-on-rss evil-reload-on-as limit-as worker-reload-mercy reload-mercy socket-timeout buffer-size post-buffering limit-post max-vars max-fd response-headers-limit'
const control =
  'pidfile pidfile2 safe-pidfile safe-pidfile2 touch-reload touch-workers-reload touch-chain-reload touch-logreopen touch-logrotate py-autoreload fs-reload master-fifo stop reload pause resume stats stats-http memory-report daemonize daemonize2 exec-asap exec-pre-app exec-post-app exec-as-user hook-master-start attach-daemon cron cron2'
const logging =
  'disable-logging log-4xx log-5xx log-slow log-big log-zero logto logto2 log-master log-reopen log-maxsize log-backupname log-truncate threaded-logger log-format logformat log-date logformat-strftime log-x-forwarded-for logger req-logger logger-req log-route log-encoder log-req-encoder'
const site =
  'static-map static-map2 check-static static-index static-expires static-gzip-all static-safe offload-threads route route-if route-host route-uri error-page-404 error-page-500 add-header'
const quiet =
  'ignore-sigpipe ignore-write-errors disable-write-exception write-errors-exception-only plugin plugins plugin-dir py-call-osafterfork py-call-uwsgi-fork-hooks honour-stdin optimize show-config print wsgi-strict gevent spooler mule cache2 emperor vhost'

const names = [binding, application, processes, limits, control, logging, site, quiet].join(' ').split(' ')
const accepted = new Set(['always on', 'no effect', 'reader', 'unsupported', 'refused'])
const word = (name: string) => new RegExp(`(^|[^\\w-]|--)${name}([^\\w-]|$)`, 'm')

for (const [file, list] of Object.entries(seen)) {
  test(`what is seen in ${file} is there`, (t) => {
    const text = readFileSync(join(root, 'test', file), 'utf8')
    t.deepEqual(
      list.split(' ').filter((name) => !word(name).test(text)),
      [],
    )
  })
}

test('every option with an effect is seen to have it, every other has a reason', (t) => {
  const shown = new Set(Object.values(seen).join(' ').split(' '))
  const missing = names.filter((name) => {
    const fate = fateOf(name)
    return fate === undefined || (!shown.has(name) && (!accepted.has(fate.kind) || sentence(fate) === ''))
  })
  t.deepEqual(missing, [])
})

test('what is not supported comes with advice', (t) => {
  const without = names.filter((name) => {
    const fate = fateOf(name)
    return fate?.kind === 'refused' && fate.instead === undefined
  })
  t.deepEqual(without, [])
})
