"""From the name of an application to its callable: `pkg.mod:name`, `pkg.mod:factory()`, `file.py`."""

import ast
import importlib
import importlib.util
import inspect
import os
import sys
from importlib.machinery import SourceFileLoader

from . import hints
from .failure import LoadFailure, guarded


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
