"""Loads the application: where it is looked for, how it is named, and what is wrong when it cannot be loaded.

`load(options)` returns Loaded or raises LoadFailure, whose `facts` are the `failed` message of docs/wire.md.
"""

import importlib
import importlib.util
import inspect
import os
import shlex
import sys
import time
import traceback
from importlib.machinery import SourceFileLoader

from . import HERE, hints, surroundings
from .mounts import Mounts, read_mount


class LoadFailure(Exception):
    def __init__(self, target, reason, error=None, hint=None):
        super().__init__(reason)
        self.facts = {
            'target': target,
            'reason': reason,
            'traceback': application_traceback(error),
            'hint': hint or '',
            'sys_path': list(sys.path),
        }


class Loaded:
    def __init__(self, app, target, notes):
        self.app = app
        self.target = target
        # Lines for the log, such as "using `app`, because there is no `application`".
        self.notes = notes


def application_traceback(error):
    """The traceback from the application's first frame on; the import machinery's frames are Python's to hide."""
    if error is None:
        return ''
    start = error.__traceback__
    while start is not None and is_machinery(start.tb_frame.f_code.co_filename):
        start = start.tb_next
    return ''.join(traceback.format_exception(type(error), error, start))


def is_machinery(path):
    return path.startswith(HERE) or path.startswith('<frozen importlib') or path == importlib.__file__


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


def guarded(target, action):
    try:
        return action()
    except LoadFailure:
        raise
    except BaseException as error:
        raise LoadFailure(target, summary(error), error, hints.for_error(error, target)) from error


def summary(error):
    if isinstance(error, SystemExit):
        return 'it called sys.exit(%r) while being imported' % (error.code,)
    lines = str(error).strip().split('\n')
    return '%s: %s' % (type(error).__name__, lines[0]) if lines[0] else type(error).__name__


def is_file(target):
    """A path rather than a module name: it has a slash, or names a file of the usual kinds."""
    return '/' in target or target.endswith(('.py', '.wsgi')) and os.path.isfile(target)


def load_target(target, callable_name, notes, as_file=False):
    """`pkg.mod`, `pkg.mod:name`, `pkg.mod:factory()`, `pkg.mod:Class.attr`, `file.py`, `file.py:name`."""
    path, name = split_target(target)
    if as_file and os.path.isfile(target):
        path, name = target, None
    name = name or callable_name
    if as_file or is_file(path):
        module = guarded(target, lambda: import_file(path))
    else:
        module = guarded(target, lambda: importlib.import_module(path))
    return guarded(target, lambda: find_callable(module, target, name, notes))


def split_target(target):
    path, colon, name = target.rpartition(':')
    if colon and path and '/' not in name:
        return path, name.strip()
    return target, None


def import_file(path):
    """Runs a file of any name as a module, as uWSGI does; it is in sys.modules under a name made from its path."""
    full = os.path.abspath(path)
    if not os.path.isfile(full):
        raise LoadFailure(path, 'there is no file %s' % full, None, hints.for_missing_file(full))
    name = 'uwsgi_file_' + ''.join(mark if mark.isalnum() else '_' for mark in os.path.splitext(path)[0])
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, full, loader=SourceFileLoader(name, full))
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def find_callable(module, target, name, notes):
    if name is None:
        for candidate in ('application', 'app'):
            if hasattr(module, candidate):
                found = getattr(module, candidate)
                if candidate == 'app':
                    notes.append(
                        '%s has no `application`; using its `app` (write %s:app to say so)' % (target, target)
                    )
                return checked(found, target, candidate)
        raise LoadFailure(
            target,
            'it has no `application` (nor `app`)',
            None,
            hints.for_missing_callable(module, target),
        )
    expression = name
    call = expression.endswith(')')
    if call:
        expression, _, arguments = expression[:-1].partition('(')
        positional, named = read_arguments(arguments, target)
    found = module
    for part in expression.split('.'):
        if not hasattr(found, part):
            raise LoadFailure(
                target,
                'it has no `%s`' % expression,
                None,
                hints.for_missing_callable(module, target.rpartition(':')[0] or target),
            )
        found = getattr(found, part)
    if call:
        found = found(*positional, **named)
        if found is None:
            raise LoadFailure(target, 'the factory %s returned None' % name, None, 'a factory must return the application')
    return checked(found, target, name)


def read_arguments(text, target):
    """Literal arguments of a factory: `create_app("production", debug=False)`."""
    import ast

    try:
        call = ast.parse('f(%s)' % text, mode='eval').body
        return (
            [ast.literal_eval(argument) for argument in call.args],
            {keyword.arg: ast.literal_eval(keyword.value) for keyword in call.keywords},
        )
    except (SyntaxError, ValueError):
        raise LoadFailure(
            target, 'the arguments (%s) are not literals' % text, None, 'use strings, numbers, True, False or None'
        ) from None


def checked(found, target, name):
    if not callable(found):
        raise LoadFailure(
            target,
            '`%s` is not callable (it is %s)' % (name, type(found).__name__),
            None,
            'a WSGI application is called with (environ, start_response)',
        )
    if room_for_arguments(found) < 2:
        raise LoadFailure(
            target,
            '`%s` takes fewer than two arguments; it looks like a factory' % name,
            None,
            'write %s:%s() to have it called once at the start' % (target.rpartition(':')[0] or target, name),
        )
    if inspect.iscoroutinefunction(found) or inspect.iscoroutinefunction(getattr(type(found), '__call__', None)):
        raise LoadFailure(
            target,
            '`%s` is an ASGI application (its calls are coroutines); postern runs WSGI' % name,
            None,
            'Django projects have a wsgi.py beside asgi.py; others need an adapter such as a2wsgi',
        )
    return found


def room_for_arguments(found):
    """How many positional arguments it takes; what cannot be told is taken as enough."""
    try:
        parameters = inspect.signature(found).parameters.values()
    except (TypeError, ValueError):
        return 2
    if any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters):
        return 2
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(parameter.kind in kinds for parameter in parameters)


def load_paste(target):
    try:
        from paste.deploy import loadapp
    except ImportError:
        raise LoadFailure(
            target, 'PasteDeploy is not installed', None, 'install it where the application lives: pip install PasteDeploy'
        ) from None
    uri = target if target.startswith(('config:', 'egg:')) else 'config:' + os.path.abspath(target)
    return loadapp(uri, relative_to=os.getcwd())
