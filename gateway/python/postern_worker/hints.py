"""What to do about an application that does not load: guesses from the file system, in one sentence each."""

import difflib
import glob
import os
import sys
import types

NEAR_LIMIT = 200


def for_error(error, target):
    settings = os.environ.get('DJANGO_SETTINGS_MODULE')
    if isinstance(error, ModuleNotFoundError) and error.name:
        if error.name == settings:
            return for_missing_settings(settings)
        wanted = target.partition(':')[0]
        if not target.endswith('.py') and (wanted == error.name or wanted.startswith(error.name + '.')):
            return for_missing_target(error.name)
        return for_missing_module(error.name)
    if isinstance(error, ImportError) and error.name and error.path:
        return for_bad_import(error.name, error.path)
    if isinstance(error, SyntaxError):
        return 'a syntax error in %s, line %s (the interpreter is Python %d.%d)' % (
            (error.filename, error.lineno) + sys.version_info[:2]
        )
    if isinstance(error, SystemExit):
        return 'the module ended Python itself; what it printed before is above (is it a script rather than an application?)'
    if type(error).__name__ == 'ImproperlyConfigured':
        return for_settings(settings)
    if isinstance(error, KeyError) and raised_in(error, os.__file__):
        return 'the environment has no variable %s: set it with --env %s=…' % (error.args[0], error.args[0])
    if isinstance(error, PermissionError) and error.filename:
        return 'user %d may not open %s' % (os.geteuid(), error.filename)
    if isinstance(error, FileNotFoundError) and isinstance(error.filename, str) and not os.path.isabs(error.filename):
        return '%s is looked for in the working directory, %s; --chdir changes it' % (error.filename, os.getcwd())
    return ''


def raised_in(error, path):
    trace = error.__traceback__
    while trace.tb_next is not None:
        trace = trace.tb_next
    return os.path.basename(trace.tb_frame.f_code.co_filename) in (os.path.basename(path), '<frozen os>')


def for_settings(name):
    """Django refuses to start."""
    if name:
        return 'Django refuses its settings; DJANGO_SETTINGS_MODULE is %s' % name
    found = settings_modules(os.getcwd())
    if found:
        return 'DJANGO_SETTINGS_MODULE is not set: use --env DJANGO_SETTINGS_MODULE=%s' % found[0]
    return 'Django refuses its settings; DJANGO_SETTINGS_MODULE is not set'


def for_missing_settings(name):
    found = settings_modules(os.getcwd())
    close = difflib.get_close_matches(name, found, 1, 0.5) or found[:1]
    said = 'DJANGO_SETTINGS_MODULE is %s, and there is no such module' % name
    return '%s; there is %s' % (said, close[0]) if close else said + ' in %s or on sys.path' % os.getcwd()


def settings_modules(folder):
    """`package.settings` for the packages in `folder` that have one, as a module or a package of them."""
    found = []
    for path in children(folder):
        package = os.path.basename(path)
        if os.path.isfile(os.path.join(path, 'settings.py')):
            found.append(package + '.settings')
        for inner in sorted(glob.glob(os.path.join(glob.escape(path), 'settings', '[!_]*.py'))):
            found.append('%s.settings.%s' % (package, os.path.basename(inner)[:-3]))
    return found


def for_bad_import(name, path):
    """The module is there, but not what was wanted from it."""
    first = name.split('.')[0]
    here = os.getcwd()
    if os.path.dirname(os.path.realpath(path)) == os.path.realpath(here) and spec_elsewhere(first, here):
        return '%s is your own file here; it hides the library of that name: rename it' % path
    if path.endswith('.so'):
        return '%s was built for another Python or system than %s: install it with that interpreter' % (path, sys.executable)
    return ''


def spec_elsewhere(name, here):
    from importlib.machinery import PathFinder

    return PathFinder.find_spec(name, [entry for entry in sys.path if os.path.realpath(entry) != os.path.realpath(here)])


def for_missing_target(name):
    """The application's own module was not found: most often the wrong directory."""
    first = name.split('.')[0]
    here = os.getcwd()
    if is_module(os.path.join(here, first)):
        folder = os.path.join(here, *name.split('.')[:-1])
        there = sorted(os.path.basename(path)[:-3] for path in glob.glob(os.path.join(glob.escape(folder), '[!_]*.py')))
        close = difflib.get_close_matches(name.rpartition('.')[2], there, 1, 0.6)
        if close:
            return '%s is here, but not %s; there is %s' % (first, name, '.'.join(name.split('.')[:-1] + close))
        return '%s is here, but not %s; check the name' % (first, name)
    for parent in children(here) + [os.path.dirname(here)]:
        if is_module(os.path.join(parent, first)):
            return 'there is a %s in %s: use --chdir %s' % (first, parent, parent)
    if os.path.isfile(first):
        return '%s is a file: use --wsgi-file %s' % (first, first)
    return 'nothing called %s is in %s or on sys.path; check chdir and pythonpath' % (first, here)


def for_missing_module(name):
    """The application needs a module that this interpreter does not have."""
    first, _, rest = name.partition('.')
    if rest and first in sys.modules:
        return '%s is %s; it has no %s: check the name' % (first, place_of(sys.modules[first]), rest)
    prefix = 'this interpreter (%s) has no module %s' % (sys.executable, first)
    if sys.prefix == sys.base_prefix:
        for home in virtualenvs(os.getcwd()):
            sites = glob.glob(os.path.join(glob.escape(home), 'lib', 'python*', 'site-packages'))
            if any(is_module(os.path.join(site, first)) for site in sites):
                return '%s, but the virtualenv %s does: use --home %s' % (prefix, home, home)
    here = os.getcwd()
    for parent in children(here) + [os.path.dirname(here)]:
        if is_module(os.path.join(parent, first)):
            return '%s; one is in %s: use --pythonpath %s' % (prefix, parent, parent)
    if sys.prefix == sys.base_prefix:
        return '%s; install it, or name the virtualenv that has it with --home' % prefix
    return '%s; install it with %s -m pip install' % (prefix, sys.executable)


def place_of(module):
    return getattr(module, '__file__', None) or ', '.join(getattr(module, '__path__', ['?']))


def for_missing_file(path):
    folder, name = os.path.split(path)
    if not os.path.isdir(folder):
        return 'the directory %s does not exist either; check chdir' % folder
    for parent in children(folder):
        if os.path.isfile(os.path.join(parent, name)):
            return 'there is one in %s' % parent
    return 'paths are relative to chdir, which is %s' % os.getcwd()


def for_missing_callable(module, target):
    """Names in the module that could be meant."""
    own = [
        name
        for name, value in vars(module).items()
        if not name.startswith('_') and callable(value) and is_made_in(module, value)
    ]
    factories = [name for name in own if name in ('create_app', 'make_app', 'get_app', 'build_app', 'get_wsgi_application')]
    if factories:
        return 'there is %s; if it makes the application write %s:%s()' % (factories[0], target, factories[0])
    if own:
        return 'its callables are %s; choose one with %s:name' % (', '.join(sorted(own)[:8]), target)
    return 'the module defines no callable at all; is it the right one? (%s)' % getattr(module, '__file__', '?')


def is_made_in(module, value):
    """Classes and functions know where they are from; an instance of a library's class is made where it is found."""
    named = isinstance(value, type) or isinstance(value, (types.FunctionType, types.BuiltinFunctionType))
    return not named or value.__module__ == module.__name__


def children(folder):
    try:
        with os.scandir(folder) as entries:
            names = [entry.path for entry in entries if not entry.name.startswith('.') and entry.is_dir()]
    except OSError:
        return []
    return sorted(names)[:NEAR_LIMIT]


def is_module(path):
    return os.path.isfile(path + '.py') or os.path.isdir(path) and bool(glob.glob(glob.escape(path) + '/*.py'))


def virtualenvs(folder):
    places = [folder, os.path.dirname(folder)]
    found = []
    for place in places:
        candidates = children(place) + [os.path.join(place, name) for name in ('.venv', '.virtualenv', '.env')]
        found += [path for path in candidates if os.path.isfile(os.path.join(path, 'pyvenv.cfg'))]
    return found
