"""Loads the application: what is around it, which applications there are. How one is found by its name: target.py.

`load(options)` returns Loaded or raises LoadFailure, whose `facts` are the `failed` message of docs/wire.md.
"""

import importlib
import os
import shlex
import sys
import time

from . import surroundings
from .failure import LoadFailure, guarded
from .mounts import Mounts, read_mount
from .target import import_file, is_file, load_target


class Loaded:
    def __init__(self, app, target, notes):
        self.app = app
        self.target = target
        # Lines for the log, such as "using `app`, because there is no `application`".
        self.notes = notes


def prepare(options):
    """Environment, working directory, sys.path and sys.argv, before any of the application's code runs."""
    for name, value in (options.get('env') or {}).items():
        os.environ[name] = value
    if 'TZ' in (options.get('env') or {}):
        time.tzset()
    chdir = options.get('chdir')
    if chdir:
        try:
            os.chdir(chdir)
        except OSError as error:
            raise LoadFailure(
                chdir, 'chdir to %s failed: %s' % (chdir, error.strerror), None, 'chdir must be an existing directory'
            ) from None
    front = []
    for entry in options.get('pythonpath') or []:
        path = os.path.abspath(entry)
        if path not in front:
            front.append(path)
    here = os.getcwd()
    if here not in front:
        front.append(here)
    sys.path[:] = front + [entry for entry in sys.path if entry not in front and entry != '']
    sys.argv[:] = [options.get('wsgi-file') or options.get('module') or 'postern']
    if options.get('pyargv'):
        sys.argv.extend(shlex.split(options['pyargv']))


def load(options):
    loaded = load_all(options)
    surroundings.finish_loading(options)
    return loaded


def load_all(options):
    prepare(options)
    notes = []
    if options.get('uwsgi-module'):
        from . import uwsgi_module

        uwsgi_module.install(options)
    for name in options.get('import') or []:
        guarded(name, lambda name=name: import_extra(name))
    callable_name = options.get('callable')
    default = None
    target = None
    if options.get('wsgi-file'):
        target = options['wsgi-file']
        default = load_target(target, callable_name, notes, True)
    elif options.get('module'):
        target = options['module']
        default = load_target(target, callable_name, notes)
    elif options.get('paste'):
        target = options['paste']
        default = guarded(target, lambda: load_paste(target))
    mounts = {}
    for entry in options.get('mount') or []:
        try:
            prefix, what = read_mount(entry)
        except ValueError as error:
            raise LoadFailure(entry, str(error)) from None
        app = load_target(what, callable_name, notes)
        if prefix == '':
            default, target = app, what
        else:
            mounts[prefix] = app
    if mounts:
        target = target or ', '.join(options['mount'])
        return Loaded(Mounts(mounts, default), target, notes)
    if default is None:
        raise LoadFailure('(none)', 'no application is named', None, 'name one with --module, --wsgi-file or --mount')
    return Loaded(default, target, notes)


def import_extra(name):
    if is_file(name):
        import_file(name)
    else:
        importlib.import_module(name)


def load_paste(target):
    try:
        from paste.deploy import loadapp
    except ImportError:
        raise LoadFailure(
            target, 'PasteDeploy is not installed', None, 'install it where the application lives: pip install PasteDeploy'
        ) from None
    uri = target if target.startswith(('config:', 'egg:')) else 'config:' + os.path.abspath(target)
    return loadapp(uri, relative_to=os.getcwd())
