"""Why an application could not be loaded, as the `failed` message of docs/wire.md says it."""

import importlib
import sys
import traceback

from . import HERE, hints


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
