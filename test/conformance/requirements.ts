// Which claim of PEP 3333 and of the protocols is shown by what: conformance cases by name, other tests by file and title.
// requirements.test.ts holds that each of them exists; docs/conformance.md prints the table.

/** A case's name, or `file: title` (a part of the title will do). */
export type Evidence = string

export type Requirement = { topic: string; holds: string; shown: Evidence[] }

const http = (title: string): Evidence => `gateway/listen/http.test.ts: ${title}`
const contract = (title: string): Evidence => `gateway/listen/contract.test.ts: ${title}`
const hostile = (title: string): Evidence => `gateway/listen/hostile.test.ts: ${title}`
const nginx = (title: string): Evidence => `gateway/listen/nginx.test.ts: ${title}`
const environ = (title: string): Evidence => `gateway/protocol/environ.test.ts: ${title}`
const meaning = (title: string): Evidence => `gateway/protocol/environ/meaning.test.ts: ${title}`
const server = (title: string): Evidence => `gateway/protocol/environ/server.test.ts: ${title}`
const target = (title: string): Evidence => `gateway/protocol/environ/target.test.ts: ${title}`
const uwsgi = (title: string): Evidence => `gateway/protocol/uwsgi.test.ts: ${title}`
const fastcgi = (title: string): Evidence => `gateway/protocol/fastcgi.test.ts: ${title}`
const worker = (title: string): Evidence => `python/test_worker.py: ${title}`
const wsgi = (title: string): Evidence => `python/test_wsgi.py: ${title}`
const files = (title: string): Evidence => `python/test_files.py: ${title}`
const load = (title: string): Evidence => `python/test_load.py: ${title}`
const close = (title: string): Evidence => `gateway/supervision/close.test.ts: ${title}`
const streams = (title: string): Evidence => `gateway/supervision/streams.test.ts: ${title}`

export const requirements: { title: string; rows: Requirement[] }[] = [
  {
    title: 'WSGI',
    rows: [
      {
        topic: 'wsgi.input',
        holds: 'a file object with sizes and hints that ends where the body ends',
        shown: [
          'read-sizes',
          'read-none',
          'readline',
          'readlines',
          'readlines-hint',
          'iterate',
          'mixed-reads',
          'past-the-end',
          'terminated',
        ],
      },
      {
        topic: 'chunked request body',
        holds: 'decoded, with its length; by uwsgi and FastCGI nginx’s Transfer-Encoding is not passed on',
        shown: [
          'echo-chunked',
          'echo-chunked-large',
          'http-chunk-extension',
          'http-trailers',
          http('comes with its length'),
          http('with body-buffering 0'),
          'gateway/listen/spool.test.ts: a folder that takes no files',
          'e2e/direct.test.ts: form that comes in chunks',
          nginx('a chunked upload arrives whole'),
          meaning('nginx has decoded chunks and answered Expect'),
        ],
      },
      {
        topic: 'body shorter than Content-Length',
        holds: 'OSError for the application, 408 or 400 if it does not run yet',
        shown: [
          'short-body',
          http('a body that stops is answered 408'),
          hostile('a body that stops is answered 408 before'),
          hostile('leaves in the middle of its body'),
          fastcgi('refuses'),
          hostile('FastCGI: a body that ends too early is 400'),
        ],
      },
      {
        topic: 'unread body',
        holds: 'dropped within bounds, the client reads the answer, the connection stays in step',
        shown: [
          'unread',
          'half-read',
          'http-unread-next',
          contract('an early answer reaches a peer'),
          hostile('an endless upload behind an early answer'),
          nginx('an answer to an upload that nobody read'),
        ],
      },
      {
        topic: 'Expect: 100-continue',
        holds: '100 when the application reads, none if it does not; another expectation is 417',
        shown: [
          'continue',
          'continue-unread',
          'http-expectation',
          http('100 Continue is sent when the application reads'),
          http('100 Continue is sent at once for a chunked body'),
        ],
      },
      {
        topic: 'HEAD',
        holds: 'the application runs, its body is dropped, Content-Length stays',
        shown: [
          'head-length',
          'head-streams',
          'head-empty',
          'head-hello',
          'head-changed',
          'http-head-next',
          contract('HEAD, 204 and 304 have no body'),
        ],
      },
      {
        topic: '204, 304, 1xx',
        holds: 'no body, no Content-Length on 204, logged once; an interim status is no answer',
        shown: [
          'status-204',
          'status-204-body',
          'status-304',
          'status-304-body',
          'status-100',
          'http-204-next',
        ],
      },
      {
        topic: 'Content-Length shorter than the body',
        holds: 'the excess is not sent, and logged',
        shown: ['length-too-short', 'length-too-short-stream', 'write-length', 'file-bounded'],
      },
      {
        topic: 'Content-Length longer than the body',
        holds: 'the client sees a failure, the connection is not used again',
        shown: [
          'length-too-long',
          'length-too-long-stream',
          'length-too-long-empty',
          'http-length-short',
          'file-short',
        ],
      },
      {
        topic: 'Content-Length of the application that is none',
        holds: '500',
        shown: ['length-text', 'length-negative', 'length-twice'],
      },
      {
        topic: 'exceptions',
        holds:
          'a clean 500 up to the first chunk, a visible failure after it, nothing of the traceback shown',
        shown: [
          'raise-before',
          'raise-after-start',
          'raise-first',
          'raise-after-empty',
          'raise-mid-body',
          'raise-mid-body-length',
          'raise-after-write',
          'raise-in-close',
          'system-exit',
          contract('an answer cut after its head does not look whole'),
          nginx('without a length a cut answer is seen over FastCGI and HTTP'),
          streams('a worker that dies in the middle of a body'),
        ],
      },
      {
        topic: 'start_response',
        holds: 'must be called, once without exc_info; exc_info replaces an unsent head, else raises',
        shown: [
          'no-start-response',
          'no-start-response-empty',
          'start-twice',
          'exc-info-replaces',
          'exc-info-first',
          'exc-info-after-sent',
          'lazy-generator',
        ],
      },
      {
        topic: 'write()',
        holds: 'sends before it returns, mixes with the iterable',
        shown: ['write', 'write-only', 'write-length', 'write-str'],
      },
      {
        topic: 'what is no iterable of bytes',
        holds: '500',
        shown: ['str-body', 'str-chunk', 'bare-str', 'none-body', 'int-body', 'write-str', 'file-text'],
      },
      {
        topic: 'close()',
        holds: 'once, whatever happens; behind the answer; not without end',
        shown: [
          'chunks',
          'class-app',
          'raise-first',
          'raise-in-close',
          'leave',
          'head-length',
          'file',
          close('requests do not wait behind a close()'),
          close('close-timeout: a close() without end'),
        ],
      },
      {
        topic: 'laziness',
        holds: 'status and headers count when the first chunk is there',
        shown: ['generator', 'lazy-generator', 'raise-after-empty'],
      },
      {
        topic: 'header values',
        holds: 'CR, LF, NUL, controls and what is not latin-1 are 500; latin-1 and tabs pass',
        shown: [
          'value-crlf',
          'value-lf',
          'value-cr',
          'value-nul',
          'value-control',
          'value-arrow',
          'value-bytes',
          'value-int',
          'value-none',
          'latin1-header',
          'tab-header',
          'empty-header',
        ],
      },
      {
        topic: 'status line',
        holds: 'CR and LF are 500, so is what is no status; a missing reason is added',
        shown: [
          'status-crlf',
          'status-lf',
          'status-word',
          'status-int',
          'status-bytes',
          'status-short',
          'status-arrow',
          'no-reason',
          'own-reason',
        ],
      },
      {
        topic: 'header names and list',
        holds: 'names are tokens, the list is a list of pairs; else 500',
        shown: [
          'name-space',
          'name-colon',
          'name-empty',
          'name-crlf',
          'name-bytes',
          'headers-tuple',
          'headers-dict',
          'headers-none',
          'header-triple',
        ],
      },
      {
        topic: 'hop-by-hop headers of the application',
        holds: 'dropped, told once',
        shown: ['hop-connection', 'hop-transfer-encoding', 'hop-keep-alive', 'hop-status'],
      },
      {
        topic: 'wsgi.file_wrapper',
        holds: 'from where the file stands, no further than Content-Length; by nginx where nothing is lost',
        shown: [
          'file',
          'file-length',
          'file-offset',
          'file-bounded',
          'file-range',
          'file-head',
          'file-memory',
          'file-offset-memory',
          'file-iterated',
          files('test_not_through_a_link_out_of_the_root'),
          files('test_not_from_an_offset'),
          files('test_not_outside_the_root'),
        ],
      },
      {
        topic: 'wsgi.multithread, multiprocess, run_once',
        holds: 'true facts',
        shown: ['types', worker('test_environ_tells_how_many_threads_and_processes_there_are')],
      },
      {
        topic: 'SCRIPT_NAME and mounts',
        holds: 'moved out of PATH_INFO at a boundary only',
        shown: [
          target('a mount is left at a boundary only'),
          target('/ab is not under SCRIPT_NAME /a'),
          target('a split made in nginx is kept'),
          load('test_mounts_move_the_prefix_to_script_name'),
          load('test_paths_outside_all_mounts_are_404'),
        ],
      },
      {
        topic: 'PATH_INFO, REQUEST_URI, RAW_URI',
        holds: 'decoded once from the raw target; // stays; a rewrite in nginx counts',
        shown: [
          'path-info',
          'path-utf8',
          'path-slashes',
          'path-query',
          'environ-uri',
          contract('a request becomes an environ'),
          nginx('a rewrite in nginx is what the application sees'),
        ],
      },
      {
        topic: 'REMOTE_ADDR',
        holds: 'the peer on TCP, a trusted proxy’s word, any proxy’s on a Unix socket',
        shown: [
          http('on TCP the peer is REMOTE_ADDR'),
          http('on a Unix socket the proxy is believed'),
          'gateway/listen/trust.test.ts: a trusted proxy’s client and scheme',
        ],
      },
      {
        topic: 'SERVER_NAME, SERVER_PROTOCOL',
        holds: 'never empty; what the client speaks',
        shown: [
          'environ',
          'http-10-environ',
          server('SERVER_NAME falls back to Host'),
          server('without Host the name is localhost'),
        ],
      },
      {
        topic: 'environ',
        holds: 'a dict of the request alone, new each time',
        shown: ['types', 'secrets', 'mutate', 'environ', 'environ-post', 'environ-method', 'environ-latin1'],
      },
      { topic: 'wsgi.errors', holds: 'the gateway’s log', shown: ['errors-log'] },
      {
        topic: 'mistakes in the log',
        holds: 'each with its request, its reason and the application’s frame; no header values',
        shown: ['conformance/log.test.ts: the log names the application’s frame for everything that fails'],
      },
      {
        topic: 'a client that leaves',
        holds: 'the iteration stops, close() runs, no error in the log',
        shown: [
          'leave',
          'leave-quietly',
          contract('a client that leaves is told to the dispatcher'),
          streams('a client that leaves in the middle of a stream stops it'),
          worker('test_a_running_stream_stops_at_its_next_chunk_and_is_closed'),
        ],
      },
      {
        topic: 'early hints',
        holds: '103 to a browser, to nobody who forwards for others',
        shown: ['early-hints', http('103 Early Hints reach a browser')],
      },
      {
        topic: 'wsgiref.validate',
        holds: 'every valid case passes under it, the invalid ones are refused by it',
        shown: [
          'conformance/validated.test.ts: every valid conformance case passes under wsgiref.validate',
          wsgi('validate'),
        ],
      },
    ],
  },
  {
    title: 'HTTP',
    rows: [
      {
        topic: 'framing that two readers could see differently',
        holds: '400 (501 for an unknown coding), and the connection ends',
        shown: [
          'http-length-and-chunked',
          'http-two-lengths',
          'http-length-list',
          'http-length-plus',
          'http-length-overflow',
          'http-bad-chunk',
          'http-chunk-overflow',
          'http-chunked-not-last',
          'http-chunked-10',
          http('xchunked'),
          http('a request behind a broken one is never run'),
        ],
      },
      {
        topic: 'malformed heads',
        holds: '400 at once: bare LF or CR, spaces in or behind names, folds, controls, lower-case methods',
        shown: [
          'http-bare-lf',
          'http-bare-cr',
          'http-space-colon',
          'http-name-space',
          'http-fold',
          'http-control',
          'http-nul',
          'http-lower-method',
          'http-no-slash',
          http('a target without a slash'),
          http('an encoded NUL in the path'),
        ],
      },
      {
        topic: 'Host',
        holds: 'one, and a host; an absolute target’s counts before it',
        shown: [
          'http-no-host',
          'http-two-hosts',
          'path-absolute',
          http('a Host with user information'),
          http('an absolute target gives its host'),
        ],
      },
      {
        topic: 'limits',
        holds: '431, 413, 408, each tested at the limit and one past it',
        shown: [
          'http-large-head',
          'http-many-headers',
          http('1,100 headers'),
          contract('a body over limit-post is 413'),
          http('a head that does not come is answered 408'),
          uwsgi('takes a packet of 65,535 bytes'),
          fastcgi('takes 65,535 bytes of parameters'),
          environ('takes 1,024 variables, and refuses one more'),
          hostile('a peer that never reads stops the answer'),
        ],
      },
      {
        topic: 'connections',
        holds: 'kept, pipelined in order, closed on request; who only half-closes gets its answer',
        shown: [
          'http-keep-alive',
          'http-10',
          'http-half-close',
          'http-leading-line',
          http('answers to pipelined requests keep the order'),
          http('a TCP client that may have left is let go'),
        ],
      },
      {
        topic: 'repeated headers',
        holds: 'joined by a comma, cookies by a semicolon; what may come once only is 400',
        shown: [
          'environ-duplicates',
          'environ-cookies',
          'http-two-authorizations',
          contract('headers that came twice are joined'),
        ],
      },
      {
        topic: 'names with _, Proxy',
        holds: 'dropped and counted, never merged',
        shown: [
          'environ-underscore',
          'environ-proxy',
          http('headers with underscores are dropped'),
          meaning('odd names are dropped'),
        ],
      },
      {
        topic: 'another protocol on the port',
        holds: 'named: TLS, HTTP/2, uwsgi, FastCGI',
        shown: [
          http('on an HTTP listener is called by its name'),
          http('TLS on a socket of all protocols'),
          http('CONNECT'),
        ],
      },
      {
        topic: 'files (static-map)',
        holds: 'ranges, validators, no way out of the folder',
        shown: [
          'gateway/listen/static.test.ts: ranges',
          'gateway/listen/static-paths.test.ts: ranges are served',
          'gateway/listen/static.test.ts: a link inside the folder is followed',
          'e2e/direct.test.ts: is in the access log',
        ],
      },
    ],
  },
  {
    title: 'uwsgi and FastCGI',
    rows: [
      {
        topic: 'uwsgi packets',
        holds:
          'read however they are cut; lengths that lie, empty names and overruns refused; an empty last value taken',
        shown: [
          uwsgi("reads nginx's own GET over uwsgi"),
          uwsgi('a packet cut anywhere has no environ yet'),
          uwsgi('an empty value at the very end'),
          uwsgi('uwsgi: refuses'),
          uwsgi('no packet whatever'),
        ],
      },
      {
        topic: 'uwsgi modifiers and commands',
        holds: '0 and 30 run, 100 is answered, others are 501; UWSGI_* variables are never obeyed',
        shown: [
          uwsgi('answers a ping as uWSGI does'),
          uwsgi('modifier 30 is WSGI too'),
          uwsgi('without looking behind it'),
          hostile('commands for uWSGI are named in the log'),
          meaning('commands to uWSGI are not passed on'),
          nginx('the old way of mounting, uwsgi_modifier1 30'),
        ],
      },
      {
        topic: 'uwsgi answers',
        holds: 'never chunked; what is short gets its length, so that a failure shows',
        shown: [
          'no-length',
          'large-stream',
          contract('a streamed answer arrives whole'),
          hostile('uwsgi: bytes behind the declared body'),
        ],
      },
      {
        topic: 'FastCGI records',
        holds: 'split anywhere, padded, in any order the protocol allows; other roles and ids refused',
        shown: [
          fastcgi("reads nginx's own GET, however it is cut"),
          fastcgi('reads parameters that come in many records'),
          fastcgi('refuses a second request beside the first'),
          fastcgi('refuses roles other than responder'),
          fastcgi('any variables and body arrive'),
          fastcgi('no bytes whatever'),
        ],
      },
      {
        topic: 'FastCGI management and abort',
        holds: 'GET_VALUES and unknown records answered, ABORT_REQUEST cancels',
        shown: [
          fastcgi('answers GET_VALUES'),
          fastcgi('answers management records of unknown type'),
          fastcgi('hears ABORT_REQUEST for the request in flight only'),
          hostile('FastCGI: ABORT_REQUEST is a client that left'),
        ],
      },
      {
        topic: 'scheme',
        holds: 'from what nginx alone can set, never from a header',
        shown: [
          server('UWSGI_SCHEME comes first'),
          server('X-Forwarded-Proto is a header, not the scheme'),
          server('https has port 443'),
        ],
      },
      {
        topic: 'anything at all',
        holds: 'no crash, hang, leak or wrong attribution',
        shown: [
          'gateway/protocol/fuzz.test.ts: three thousand mutated inputs make no fault',
          hostile('a flood of nonsense'),
        ],
      },
    ],
  },
]
