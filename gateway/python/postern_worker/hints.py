"""What to do about an application that does not load: guesses from the file system, in one sentence each."""

import glob
import os
import sys

NEAR_LIMIT = 200


def for_error(error, target):
    if isinstance(error, ModuleNotFoundError) and error.name:
        wanted = target.partition(':')[0]
        if not target.endswith('.py') and (wanted == error.name or wanted.startswith(error.name + '.')):
            return for_missing_target(error.name)
        return for_missing_module(error.name)
    if isinstance(error, SyntaxError):
        return 'a syntax error in %s, line %s (the interpreter is Python %d.%d)' % (
            (error.filename, error.lineno) + sys.version_info[:2]
        )
    if type(error).__name__ == 'ImproperlyConfigured':
        return 'Django refuses its settings; DJANGO_SETTINGS_MODULE is %s' % (
            os.environ.get('DJANGO_SETTINGS_MODULE') or 'not set'
        )
    if isinstance(error, PermissionError) and error.filename:
        return 'user %d may not open %s' % (os.geteuid(), error.filename)
    return ''


def for_missing_target(name):
    """The application's own module was not found: most often the wrong directory."""
    first = name.split('.')[0]
    here = os.getcwd()
    for parent in children(here) + [os.path.dirname(here)]:
        if is_module(os.path.join(parent, first)):
            return 'there is a %s in %s: use --chdir %s' % (first, parent, parent)
    if is_module(os.path.join(here, first)):
        return '%s is here, but not %s; check the name' % (first, name)
    if os.path.isfile(first):
        return '%s is a file: use --wsgi-file %s' % (first, first)
    return 'nothing called %s is in %s or on sys.path; check chdir and pythonpath' % (first, here)


def for_missing_module(name):
    """The application needs a module that this interpreter does not have."""
    first = name.split('.')[0]
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
        if not name.startswith('_') and callable(value) and getattr(value, '__module__', module.__name__) == module.__name__
    ]
    factories = [name for name in own if name in ('create_app', 'make_app', 'get_app', 'build_app', 'get_wsgi_application')]
    if factories:
        return 'there is %s; if it makes the application write %s:%s()' % (factories[0], target, factories[0])
    if own:
        return 'its callables are %s; choose one with %s:name' % (', '.join(sorted(own)[:8]), target)
    return 'the module defines no callable at all; is it the right one? (%s)' % getattr(module, '__file__', '?')


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
