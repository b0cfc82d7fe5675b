"""Reads a Django project's settings the way its WSGI application would and writes what a site needs as JSON to descriptor 3.

Run as: python django_settings.py <project folder> [settings module or ''] [WSGI module]. Knows nothing of nginx. CPython 3.8 and newer.
Exit codes: 0 read, 10 Django is not installed, 11 no settings module found, 12 the settings do not import.
"""

import json
import os
import re
import sys
import traceback

NAMED = re.compile(r"""DJANGO_SETTINGS_MODULE['"]\]?\s*[,=]\s*['"]([\w.]+)['"]""")

WANTED = (
    "WSGI_APPLICATION", "STATIC_URL", "STATIC_ROOT", "MEDIA_URL", "MEDIA_ROOT", "ALLOWED_HOSTS", "DEBUG",
    "DATA_UPLOAD_MAX_MEMORY_SIZE", "FILE_UPLOAD_MAX_MEMORY_SIZE", "SECURE_PROXY_SSL_HEADER", "SECURE_SSL_REDIRECT",
    "SECURE_HSTS_SECONDS", "SECURE_CONTENT_TYPE_NOSNIFF", "SECURE_REFERRER_POLICY", "X_FRAME_OPTIONS", "APPEND_SLASH",
    "FORCE_SCRIPT_NAME", "USE_X_FORWARDED_HOST", "STATICFILES_STORAGE", "STORAGES", "INSTALLED_APPS", "MIDDLEWARE",
)


def say(answer, code):
    with os.fdopen(3, "w", encoding="utf-8") as out:
        json.dump(answer, out)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # settings may have started threads; nobody waits for them


def plain(value):
    """The value if JSON can say it; paths, lazy texts and the like as text."""
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, (list, tuple, set)):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    return str(value)


def named_in(path):
    """The settings module a script sets by default."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            found = NAMED.search(file.read())
    except OSError:
        return None
    return found.group(1) if found else None


def settings_module(project, wsgi):
    """(module, who says so). The environment wins, as in every Django script; then what will run, then manage.py."""
    if os.environ.get("DJANGO_SETTINGS_MODULE"):
        return os.environ["DJANGO_SETTINGS_MODULE"], "environment"
    if wsgi:
        served = [os.path.join(project, *wsgi.split(":")[0].split(".")) + ".py"]
    else:
        served = [os.path.join(project, name, "wsgi.py") for name in sorted(os.listdir(project))]
    for paths, source in ((served, "wsgi"), ([os.path.join(project, "manage.py")], "manage")):
        names = {named_in(path) for path in paths} - {None}
        if len(names) == 1:
            return names.pop(), source
    return None, None


def main():
    project = os.path.abspath(sys.argv[1])
    os.chdir(project)
    sys.path[0] = project  # instead of the folder of this script
    sys.stdout = sys.stderr  # what settings print is for people
    try:
        import django
    except ImportError as error:
        say({"error": str(error), "python": sys.version.split()[0]}, 10)
    given, wsgi = (sys.argv[2:] + ["", ""])[:2]
    module, source = (given, "given") if given else settings_module(project, wsgi)
    if not module:
        say({"error": "nothing names a settings module: neither wsgi.py, manage.py nor DJANGO_SETTINGS_MODULE"}, 11)
    os.environ["DJANGO_SETTINGS_MODULE"] = module
    try:
        from django.conf import settings

        values = {name: plain(getattr(settings, name, None)) for name in WANTED}
    except BaseException as error:  # settings call sys.exit() too
        say({"error": f"{type(error).__name__}: {error}", "traceback": traceback.format_exc(), "module": module}, 12)
    say({
        "settings": values, "module": module, "source": source, "executable": sys.executable,
        "versions": {"python": sys.version.split()[0], "django": django.get_version()},
    }, 0)


main()
