from django.contrib import admin
from django.urls import path

from pages import views

urlpatterns = [
    path('', views.index, name='index'),
    path('environ', views.environ, name='environ'),
    path('stream', views.stream, name='stream'),
    path('upload', views.upload, name='upload'),
    path('canary', views.canary, name='canary'),
    path('next/canary', views.next_canary, name='next-canary'),
    path('hello', views.hello, name='hello'),
    path('pid', views.pid, name='pid'),
    path('admin/', admin.site.urls),
]
