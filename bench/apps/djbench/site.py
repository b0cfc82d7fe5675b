"""A Django project in one file: a plain view, and one with a template and an SQLite query."""
import os

from django.conf import settings

HERE = os.path.dirname(os.path.abspath(__file__))
if not settings.configured:
    settings.configure(
        SECRET_KEY='bench',
        ALLOWED_HOSTS=['*'],
        ROOT_URLCONF=__name__,
        DEFAULT_AUTO_FIELD='django.db.models.AutoField',
        INSTALLED_APPS=['django.contrib.contenttypes', 'django.contrib.auth', 'django.contrib.sessions'],
        MIDDLEWARE=[
            'django.middleware.security.SecurityMiddleware',
            'django.contrib.sessions.middleware.SessionMiddleware',
            'django.middleware.common.CommonMiddleware',
            'django.middleware.csrf.CsrfViewMiddleware',
            'django.contrib.auth.middleware.AuthenticationMiddleware',
            'django.middleware.clickjacking.XFrameOptionsMiddleware',
        ],
        TEMPLATES=[{'BACKEND': 'django.template.backends.django.DjangoTemplates', 'OPTIONS': {'loaders': [('django.template.loaders.cached.Loader', [('django.template.loaders.locmem.Loader', {'list.html': '<!doctype html><title>{{ title }}</title><ul>{% for row in rows %}<li>{{ row.0 }}: {{ row.1 }}</li>{% endfor %}</ul>'})])]}}],
        DATABASES={'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': os.environ.get('BENCH_DB', '/tmp/postern-bench.sqlite3'), 'CONN_MAX_AGE': None}},
    )

import django  # noqa: E402

django.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import connection  # noqa: E402
from django.http import HttpResponse  # noqa: E402
from django.shortcuts import render  # noqa: E402
from django.urls import path  # noqa: E402


def hello(request):
    return HttpResponse('Hello World', content_type='text/plain')


def rows(request):
    with connection.cursor() as cursor:
        cursor.execute('SELECT id, name FROM item ORDER BY id LIMIT 20')
        found = cursor.fetchall()
    return render(request, 'list.html', {'title': 'items', 'rows': found})


def make_database():
    with connection.cursor() as cursor:
        cursor.execute('CREATE TABLE IF NOT EXISTS item (id INTEGER PRIMARY KEY, name TEXT)')
        cursor.execute('DELETE FROM item')
        cursor.executemany('INSERT INTO item (name) VALUES (%s)', [[f'item {n}'] for n in range(100)])


urlpatterns = [path('', hello), path('rows', rows)]
application = get_wsgi_application()
