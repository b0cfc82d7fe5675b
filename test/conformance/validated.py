"""The conformance applications behind wsgiref.validate."""

from wsgiref.validate import validator

from app import application as inner

application = validator(inner)
