"""The Python side of postern: a template process that loads a WSGI application, and the workers it forks.

Standard library only, CPython 3.8 and newer. docs/wire.md is the contract with the gateway.
"""

import os
import sys

VERSION = '0.1.0'

HERE = os.path.dirname(os.path.abspath(__file__))
PACKAGE_ROOT = os.path.dirname(HERE)


def leave_no_trace(path=sys.path, environ=os.environ):
    """Takes what brought this package here out of sys.path and PYTHONPATH.

    `python -m` puts the working directory first, where an application's `queue.py` would shadow the standard
    library's; load.py adds the working directory again when the application is loaded.
    """
    if path and path[0] in ('', os.getcwd()):
        del path[0]
    path[:] = [entry for entry in path if entry != PACKAGE_ROOT]
    kept = [entry for entry in environ.get('PYTHONPATH', '').split(os.pathsep) if entry not in ('', PACKAGE_ROOT)]
    if kept:
        environ['PYTHONPATH'] = os.pathsep.join(kept)
    else:
        environ.pop('PYTHONPATH', None)
