import hashlib
import os
import time

import django
from django.http import HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import redirect, render

from .models import Upload


def index(request):
    return render(request, 'pages/index.html', {'django': django.get_version(), 'uploads': Upload.objects.order_by('-id')[:5]})


def hello(request):
    return HttpResponse('Hello from Django\n', content_type='text/plain')


def environ(request):
    """The WSGI environ as the application sees it, sorted; JSON on request."""
    rows = sorted((key, value if isinstance(value, str) else repr(value)) for key, value in request.META.items() if key.isupper() or key.startswith('wsgi.'))
    if 'json' in request.GET:
        return JsonResponse(dict(rows))
    return render(request, 'pages/environ.html', {'rows': rows})


def _lines(count, pause):
    for number in range(1, count + 1):
        yield f'line {number}\n'
        if pause:
            time.sleep(pause)


def _blocks(mebibytes):
    block = bytes(range(256)) * 256  # 64 KiB
    for _ in range(mebibytes * 16):
        yield block


def stream(request):
    """`?mb=N` sends N MiB of a known pattern; otherwise ten lines, a third of a second apart."""
    if 'mb' in request.GET:
        return StreamingHttpResponse(_blocks(min(int(request.GET['mb']), 1024)), content_type='application/octet-stream')
    response = StreamingHttpResponse(_lines(10, 0.3), content_type='text/plain; charset=utf-8')
    response['X-Accel-Buffering'] = 'no'
    return response


def upload(request):
    """A media upload: the file, its size and its SHA-256 as the application received them."""
    if request.method == 'POST' and 'file' in request.FILES:
        file = request.FILES['file']
        digest = hashlib.sha256()
        for chunk in file.chunks():
            digest.update(chunk)
        saved = Upload.objects.create(file=file, size=file.size, sha256=digest.hexdigest())
        if 'json' in request.GET:
            return JsonResponse({'name': saved.file.name, 'url': saved.file.url, 'size': saved.size, 'sha256': saved.sha256})
        return redirect('upload')
    return render(request, 'pages/upload.html', {'uploads': Upload.objects.order_by('-id')[:20]})


def canary(request):
    return HttpResponse('the site of today\n', content_type='text/plain')


def next_canary(request):
    return HttpResponse('the site of tomorrow (canary)\n', content_type='text/plain')


def pid(request):
    return HttpResponse(f'{os.getpid()}\n', content_type='text/plain')
