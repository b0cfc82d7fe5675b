"""Loading applications: where they are found, what is said when they are not, preloading, mounts."""

import os
import sys
import tempfile
import textwrap
import unittest

from fake_gateway import FakeGateway, environ

HELLO = """
def application(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [(environ['SCRIPT_NAME'] + '|' + environ['PATH_INFO'] + '|' + __name__).encode('latin-1')]
"""


class LoadTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix='postern-test-')
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def write(self, name, text=HELLO):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'w') as file:
            file.write(textwrap.dedent(text))
        return path

    def boot(self, preload=True, **options):
        options.setdefault('chdir', self.folder)
        gateway = FakeGateway(preload=preload, **options)
        self.addCleanup(gateway.close)
        return gateway

    def ask(self, path='/', preload=True, **options):
        gateway = self.boot(preload, **options)
        loaded = gateway.channel.expect('loaded', 'failed', 'unsafe')
        self.assertIn('loaded', loaded, loaded)
        self.log = gateway.log
        return gateway.fork().lanes[0].request(environ(path)).wait().body.decode()

    def fail_to_load(self, **options):
        gateway = self.boot(**options)
        failed = gateway.channel.expect('failed', 'loaded')
        self.assertIn('failed', failed)
        self.assertEqual(gateway.process.wait(20), 4)
        return failed['failed']

    # What is found

    def test_a_module(self):
        self.write('one/two.py')
        self.assertEqual(self.ask(module='one.two'), '|/|one.two')

    def test_a_module_with_callable(self):
        self.write('named.py', HELLO.replace('application', 'other'))
        self.assertEqual(self.ask(module='named:other'), '|/|named')
        self.assertEqual(self.ask(module='named', callable='other'), '|/|named')

    def test_app_with_a_hint_when_there_is_no_application(self):
        self.write('flasky.py', HELLO.replace('application', 'app'))
        self.assertEqual(self.ask(module='flasky'), '|/|flasky')
        self.assertIn('flasky has no `application`; using its `app`', self.log())

    def test_an_attribute_of_a_class(self):
        self.write('deep.py', 'class Site:\n' + textwrap.indent(HELLO.replace('def app', '@staticmethod\ndef app'), ' '))
        self.assertEqual(self.ask(module='deep:Site.application'), '|/|deep')

    def test_a_factory(self):
        self.write('made.py', HELLO + '\ndef create_app(mode="x", n=1):\n    assert (mode, n) == ("prod", 2)\n    return application\n')
        self.assertEqual(self.ask(module='made:create_app("prod", n=2)'), '|/|made')

    def test_a_file_of_any_name(self):
        self.write('site.wsgi')
        self.assertEqual(self.ask(wsgi_file='site.wsgi'), '|/|uwsgi_file_site')
        self.write('odd name-1.txt')
        self.assertEqual(self.ask(wsgi_file='odd name-1.txt'), '|/|uwsgi_file_odd_name_1')
        self.write('sub/test.py', HELLO.replace('application', 'app'))
        self.assertEqual(self.ask(wsgi_file=os.path.join(self.folder, 'sub/test.py'), callable='app').split('|')[:2], ['', '/'])

    def test_a_file_with_callable(self):
        self.write('test.py', HELLO.replace('application', 'other'))
        self.assertEqual(self.ask(wsgi_file='test.py:other'), '|/|uwsgi_file_test')

    def test_pythonpath_before_the_working_directory(self):
        self.write('lib/which.py')
        self.write('which.py', 'raise SystemExit("the wrong one")')
        self.assertEqual(self.ask(module='which', pythonpath=['lib']), '|/|which')

    def test_modules_named_like_the_standard_library_do_not_disturb_the_worker(self):
        for name in ('json', 'queue', 'socket', 'struct', 'frames', 'report', 'select'):
            self.write(name + '.py', 'raise SystemExit("shadowed")')
        self.write('fine.py')
        self.assertEqual(self.ask(module='fine'), '|/|fine')

    def test_env_pyargv_and_import(self):
        self.write('extra.py', 'import os\nos.environ["EXTRA"] = "seen"\n')
        self.write('args.py', '''
            import os, sys
            SAID = (os.environ["SETTING"], os.environ["EXTRA"], sys.argv[1:])
            def application(environ, start_response):
                start_response('200 OK', [])
                return [repr(SAID).encode()]
        ''')  # fmt: skip
        said = self.ask(module='args', env={'SETTING': 'on'}, pyargv='--a "b c"', **{'import': ['extra']})
        self.assertEqual(said, "('on', 'seen', ['--a', 'b c'])")

    def test_paste_through_its_own_library(self):
        self.write('lib/paste/__init__.py', '')
        self.write('lib/paste/deploy.py', HELLO + '''
def loadapp(uri, relative_to):
    assert uri.startswith('config:/') and uri.endswith('/site.ini'), uri
    return application
''')  # fmt: skip
        self.assertEqual(self.ask(paste='site.ini', pythonpath=['lib']), '|/|paste.deploy')

    def test_paste_without_its_library(self):
        self.assertIn('pip install PasteDeploy', self.fail_to_load(paste='site.ini')['hint'])

    def test_nothing_of_postern_is_on_sys_path(self):
        self.write('paths.py', '''
            import os, sys
            def application(environ, start_response):
                start_response('200 OK', [])
                return [('\\n'.join(sys.path) + os.environ.get('PYTHONPATH', '')).encode()]
        ''')  # fmt: skip
        self.assertNotIn('gateway/python', self.ask(module='paths'))

    def test_output_of_print_is_in_the_log(self):
        self.write('talks.py', 'print("printed while loading")\n' + HELLO)
        self.ask(module='talks')
        self.assertIn('printed while loading', self.log())

    # Mounts

    def test_mounts_move_the_prefix_to_script_name(self):
        self.write('a.py')
        self.write('b.py')
        self.write('root.py')
        gateway = self.boot(module='root', mount=['/a=a', '/a/deep=b.py', '/b/=b:application'])
        lane = gateway.fork().lanes[0]
        for path, said in (
            ('/', '|/|root'), ('/a', '/a||a'), ('/a/', '/a|/|a'), ('/a/x', '/a|/x|a'), ('/ab', '|/ab|root'),
            ('/a/deep/x', '/a/deep|/x|uwsgi_file_b'), ('/a/deeper', '/a|/deeper|a'), ('/b/x', '/b|/x|b'),
        ):  # fmt: skip
            self.assertEqual(lane.request(environ(path)).wait().body.decode(), said)
        named = lane.request(environ('/a/x', SCRIPT_NAME='/a')).wait()
        self.assertEqual(named.body, b'/a|/x|a')
        stripped = lane.request(environ('/x', SCRIPT_NAME='/a')).wait()
        self.assertEqual(stripped.body, b'/a|/x|a')
        outside = lane.request(environ('/a/x', SCRIPT_NAME='/outer')).wait()
        self.assertEqual(outside.body, b'/outer/a|/x|a')

    def test_paths_outside_all_mounts_are_404(self):
        self.write('a.py')
        gateway = self.boot(mount=['/a=a'])
        answer = gateway.fork().lanes[0].request(environ('/b')).wait()
        self.assertEqual(answer.status, '404 Not Found')

    def test_a_mount_without_a_slash_is_refused(self):
        self.assertIn('starts with /', self.fail_to_load(mount=['a=b'])['reason'])

    # What fails

    def test_a_module_in_a_subdirectory(self):
        self.write('project/site_wsgi.py')
        failed = self.fail_to_load(module='site_wsgi')
        self.assertIn('--chdir %s/project' % self.folder, failed['hint'])
        self.assertEqual(failed['target'], 'site_wsgi')
        self.assertIn(self.folder, failed['sys_path'])
        self.assertIn("No module named 'site_wsgi'", failed['reason'])

    def test_a_module_that_is_nowhere(self):
        self.assertIn('check chdir and pythonpath', self.fail_to_load(module='nowhere')['hint'])

    def test_a_missing_dependency(self):
        self.write('needy.py', 'import surely_missing_module\n')
        failed = self.fail_to_load(module='needy')
        self.assertIn('has no module surely_missing_module', failed['hint'])
        self.assertIn('needy.py", line 1', failed['traceback'])
        self.assertNotIn('postern_worker', failed['traceback'])

    def test_a_dependency_that_a_virtualenv_has(self):
        self.write('venv/pyvenv.cfg', '')
        self.write('venv/lib/python3.9/site-packages/surely_missing_module/__init__.py', '')
        self.write('needy.py', 'import surely_missing_module\n')
        self.assertIn('use --home %s/venv' % self.folder, self.fail_to_load(module='needy')['hint'])

    def test_a_submodule_that_is_not_there(self):
        self.write('package/__init__.py', '')
        self.write('needy.py', 'import package.missing\n')
        hint = self.fail_to_load(module='needy')['hint']
        self.assertIn('package is %s/package/__init__.py; it has no missing' % self.folder, hint)

    def test_settings_that_are_not_there(self):
        self.write('mysite/settings.py', '')
        self.write('mysite/conf/settings/prod.py', '')
        self.write('mysite/__init__.py', '')
        self.write('needs.py', 'import os, importlib\nimportlib.import_module(os.environ["DJANGO_SETTINGS_MODULE"])\n')
        failed = self.fail_to_load(module='needs', env={'DJANGO_SETTINGS_MODULE': 'mysite.setings'})
        self.assertIn('there is no such module; there is mysite.settings', failed['hint'])

    def test_settings_that_were_not_named(self):
        self.write('shop/settings/prod.py', '')
        self.write('refuses.py', 'class ImproperlyConfigured(Exception):\n    pass\nraise ImproperlyConfigured("no")\n')
        hint = self.fail_to_load(module='refuses', unenv=['DJANGO_SETTINGS_MODULE'])['hint']
        self.assertIn('use --env DJANGO_SETTINGS_MODULE=shop.settings.prod', hint)

    def test_an_environment_variable_that_is_not_there(self):
        self.write('needs.py', 'import os\nos.environ["NOBODY_SETS_THIS"]\n')
        self.assertIn('--env NOBODY_SETS_THIS=', self.fail_to_load(module='needs')['hint'])
        self.write('looks.py', '{}["x"]\n')
        self.assertEqual(self.fail_to_load(module='looks')['hint'], '')

    def test_a_file_that_hides_a_library(self):
        self.write('lib/library.py', 'Thing = 1\n')
        self.write('library.py', '')
        self.write('uses.py', 'import sys\nsys.path.append("lib")\nfrom library import Thing\n')
        self.assertIn('hides the library of that name', self.fail_to_load(module='uses')['hint'])

    def test_a_relative_path_from_the_wrong_directory(self):
        self.write('opens.py', 'open("conf.json")\n')
        hint = self.fail_to_load(module='opens')['hint']
        self.assertIn('conf.json is looked for in the working directory, %s' % self.folder, hint)

    def test_a_syntax_error(self):
        self.write('broken.py', 'def x(:\n')
        failed = self.fail_to_load(module='broken')
        self.assertIn('broken.py, line 1', failed['hint'])
        self.assertIn('SyntaxError', failed['traceback'])

    def test_an_exception_while_importing(self):
        self.write('raises.py', 'def deep():\n    raise RuntimeError("no settings")\ndeep()\n')
        failed = self.fail_to_load(module='raises')
        self.assertEqual(failed['reason'], 'RuntimeError: no settings')
        self.assertIn('in deep', failed['traceback'])

    def test_sys_exit_while_importing(self):
        self.write('leaves.py', 'import sys\nsys.exit("bye")\n')
        failed = self.fail_to_load(module='leaves')
        self.assertIn("sys.exit('bye')", failed['reason'])
        self.assertIn('a script rather than an application?', failed['hint'])

    def test_a_missing_callable(self):
        self.write('empty.py', 'def view(request, other):\n    pass\n')
        failed = self.fail_to_load(module='empty')
        self.assertIn('has no `application`', failed['reason'])
        self.assertIn('view', failed['hint'])

    def test_a_missing_callable_beside_an_instance_of_a_librarys_class(self):
        self.write('made.py', 'import functools\nhandler = functools.partial(int)\n')
        self.assertIn('its callables are handler;', self.fail_to_load(module='made:app')['hint'])

    def test_a_name_that_is_nearly_right(self):
        self.write('shop/__init__.py')
        self.write('shop/wsgi.py', HELLO)
        self.assertIn('there is shop.wsgi', self.fail_to_load(module='shop.wsgy')['hint'])

    def test_a_factory_that_was_not_called(self):
        self.write('lazy.py', HELLO + '\ndef create_app():\n    return application\n')
        failed = self.fail_to_load(module='lazy:create_app')
        self.assertIn('write lazy:create_app()', failed['hint'])

    def test_an_asgi_application(self):
        self.write('asgi.py', 'async def application(scope, receive, send):\n    pass\n')
        self.assertIn('ASGI', self.fail_to_load(module='asgi')['reason'])

    def test_a_file_that_is_not_there(self):
        self.write('elsewhere/test.py')
        failed = self.fail_to_load(wsgi_file='test.py')
        self.assertIn('elsewhere', failed['hint'])

    def test_a_directory_that_is_not_there(self):
        self.assertIn('chdir to', self.fail_to_load(module='x', chdir=self.folder + '/no')['reason'])

    def test_no_application_at_all(self):
        self.assertIn('no application is named', self.fail_to_load()['reason'])

    def test_a_failure_in_a_worker_that_loads_for_itself(self):
        self.write('raises.py', 'raise RuntimeError("here")\n')
        gateway = self.boot(preload=False, module='raises')
        gateway.channel.expect('loaded')
        worker = gateway.start_fork(1)
        self.assertEqual(worker.helm.expect('failed')['failed']['reason'], 'RuntimeError: here')
        self.assertEqual(gateway.channel.expect('exited')['code'], 4)

    # Preloading

    def test_loads_per_worker_when_told(self):
        self.write('counted.py', 'import os\nPID = os.getpid()\n' + HELLO.replace('__name__', 'str(PID == os.getpid())'))
        self.assertEqual(self.ask(module='counted', preload=False), '|/|True')
        self.assertEqual(self.ask(module='counted', preload=True), '|/|False')

    def unsafe(self, source):
        self.write('opens.py', source + HELLO)
        gateway = self.boot(module='opens')
        said = gateway.channel.expect('unsafe', 'loaded', 'failed')
        self.assertIn('unsafe', said, said)
        self.assertEqual(gateway.process.wait(20), 0)
        return said['unsafe']

    def test_auto_notices_a_connection(self):
        source = '''
import socket
SERVER = socket.create_server(('127.0.0.1', 0))
CLIENT = socket.create_connection(SERVER.getsockname())
'''
        self.assertRegex(self.unsafe(source), r'opened a socket (to|at) 127\.0\.0\.1:\d+')

    def test_auto_notices_a_thread(self):
        source = 'import threading\nthreading.Thread(target=threading.Event().wait, daemon=True, name="poller").start()\n'
        self.assertEqual(self.unsafe(source), 'started a thread (poller)')

    def test_auto_notices_a_database(self):
        source = '''
import sqlite3
DB = sqlite3.connect('db.sqlite3')
DB.execute('create table t (x)')
DB.commit()
'''
        self.assertIn('opened the database', self.unsafe(source))

    def test_on_preloads_whatever_was_opened(self):
        self.write('opens.py', 'import socket\nS = socket.socket()\n' + HELLO)
        gateway = self.boot(module='opens')
        self.assertIn('unsafe', gateway.channel.expect('unsafe', 'loaded'))
        gateway = self.boot(module='opens', mode='on')
        self.assertIn('loaded', gateway.channel.expect('unsafe', 'loaded'))

    def test_the_template_ends_when_the_gateway_leaves_during_a_long_import(self):
        self.write('long.py', 'open("begun", "w").close()\nimport time\ntime.sleep(60)\n')
        gateway = self.boot(module='long')
        from apps.slow import wait_for

        wait_for(os.path.join(self.folder, 'begun'))
        gateway.close()
        self.assertEqual(gateway.process.returncode, 0)


if __name__ == '__main__':
    sys.exit(unittest.main())
